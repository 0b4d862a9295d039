"""The committed figures: what was measured where, and the ratios that later runs are held to."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossdock.rehearsal.bench.pairs import Key, Paired
from crossdock.rehearsal.bench.result import Result, rounded

RECORD = Path("docs/reference/benchmark.json")
"""From the checkout's folder."""
SAME_MACHINE = ("processor", "cores", "memory_mb", "system")


class AnotherMachine(Exception):
    """Figures of two machines do not belong into one record."""


def document(
    machine: Mapping[str, Any], results: Sequence[Result], paired: Sequence[Paired]
) -> dict[str, Any]:
    """What the JSON file holds."""
    return {
        "machine": dict(machine),
        "results": [r.document() for r in results],
        "paired": [_paired_document(p) for p in paired],
    }


def _paired_document(paired: Paired) -> dict[str, Any]:
    found = paired.interval
    return {
        "name": paired.name,
        "metric": paired.metric,
        "baseline": paired.baseline,
        "ratio": rounded(found.ratio),
        "interval": [rounded(found.low), rounded(found.high)],
        "pairs": len(paired.pairs),
        "limit": rounded(paired.limit(found.ratio)),
        "better": str(paired.better),
    }


def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """`new` in place of the same benchmarks' old figures, the others as they were, by name.

    The machine, with its load, is that of the newest figures.
    Raises AnotherMachine when others would stay that were measured elsewhere.
    """
    if old is None:
        return dict(new)
    parts, stays = {}, False
    for part in ("results", "paired"):
        measured = {r["name"] for r in new[part]}
        kept = [r for r in old.get(part, []) if r["name"] not in measured]
        stays |= bool(kept)
        parts[part] = sorted([*kept, *new[part]], key=lambda r: str(r["name"]))
    if stays and any(old["machine"].get(k) != new["machine"].get(k) for k in SAME_MACHINE):
        raise AnotherMachine(
            "the record was made on another machine; measure everything: scripts/bench --docs"
        )
    machine = new["machine"] if new["results"] or not stays else old["machine"]
    return {"machine": machine, **parts}


def read(file: Path) -> dict[str, Any] | None:
    """The record, or None when there is none yet."""
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Replace the record."""
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def recorded_ratios(content: Mapping[str, Any] | None) -> dict[Key, float]:
    """The ratios that `--check` compares with."""
    return {
        (r["name"], r["metric"], r["baseline"]): float(r["ratio"])
        for r in (content or {}).get("paired", [])
    }
