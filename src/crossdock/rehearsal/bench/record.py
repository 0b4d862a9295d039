"""The committed figures: what was measured where, and the ratios that later runs are held to."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossdock.rehearsal.bench.cases import Declared
from crossdock.rehearsal.bench.pairs import Interval, Key, Paired
from crossdock.rehearsal.bench.result import Result, rounded

RECORD = Path("docs/reference/benchmark.json")
"""From the checkout's folder."""
SAME_MACHINE = ("processor", "cores", "memory_mb", "system")


class AnotherMachine(Exception):
    """Figures of two machines do not belong into one record."""


def document(
    machine: Mapping[str, Any],
    moment: Mapping[str, Any],
    results: Sequence[Result],
    paired: Sequence[Paired],
) -> dict[str, Any]:
    """What the JSON file holds; `moment`: of which code, when, how busy, noted with each row."""
    recorded = {"recorded": dict(moment)}
    return {
        "machine": dict(machine),
        "results": [r.document() | recorded for r in results],
        "paired": [_paired_document(p) | recorded for p in paired],
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


def merged(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], declared: Declared
) -> dict[str, Any]:
    """`new` in place of the same rows' old figures; others stay while a benchmark gives them.

    Raises AnotherMachine when benchmarks would stay that were measured elsewhere.
    """
    if old is None:
        return dict(new)
    elsewhere = any(old["machine"].get(k) != new["machine"].get(k) for k in SAME_MACHINE)
    parts = {}
    for part, order in (("results", declared.results), ("paired", declared.paired)):
        measured = {row["name"] for row in new[part]}
        kept = [row for row in old.get(part, []) if key(row) in order]
        if elsewhere and any(row["name"] not in measured for row in kept):
            raise AnotherMachine(
                "the record was made on another machine; measure everything: scripts/bench --docs"
            )
        by_key = {key(row): row for row in [*([] if elsewhere else kept), *new[part]]}
        parts[part] = [by_key[which] for which in order if which in by_key]
    return {"machine": new["machine"], **parts}


def key(row: Mapping[str, Any]) -> Key:
    """Which row it is."""
    return (row["name"], row["metric"], row["baseline"])


def read(file: Path) -> dict[str, Any] | None:
    """The record, or None when there is none yet."""
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Replace the record."""
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def recorded_ratios(content: Mapping[str, Any] | None) -> dict[Key, Interval]:
    """The ratios that `--check` compares with."""
    return {
        key(r): Interval(r["interval"][0], r["ratio"], r["interval"][1])
        for r in (content or {}).get("paired", [])
    }
