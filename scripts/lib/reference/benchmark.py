"""The committed benchmark result as tables."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripts.lib.reference.markdown import page, table

REPRODUCE = "scripts/bench --json docs/reference/benchmark.json"
NONE_YET = f"No result is committed yet. `{REPRODUCE}` measures and writes one."


def read(path: Path) -> Mapping[str, Any] | None:
    """The committed result, or None when there is none yet."""
    if not path.exists():
        return None
    result: Mapping[str, Any] = json.loads(path.read_bytes(), parse_float=Decimal)
    return result


def figures(result: Mapping[str, Any] | None) -> str:
    """The table of the README."""
    if result is None:
        return NONE_YET
    return f"{_machine(result)}\n\n{_results(result['results'])}"


def page_text(result: Mapping[str, Any] | None) -> str:
    """docs/reference/benchmark.md."""
    return page(
        "Figures",
        f"Measured by `{REPRODUCE}` and committed with the code they describe. Read the ratios:"
        " client, server and database share one machine, and another machine has other numbers.",
        figures(result),
    )


def _machine(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    told = {name: _plain(value) for name, value in machine.items()}
    return "Measured on: " + ", ".join(f"{name} {value}" for name, value in told.items()) + "."


def _plain(value: Any) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)


def _results(results: Sequence[Mapping[str, Any]]) -> str:
    return table(
        ["Benchmark", "What is measured", "Value", "Compared with", "Ratio", "Aim"],
        (
            [
                str(r["name"]),
                str(r["metric"]),
                f"**{_number(r['value'])}** {r['unit']}",
                _baseline(r),
                _number(r["ratio"]) + " ×" if r.get("ratio") is not None else "",
                str(r.get("aim") or ""),
            ]
            for r in results
        ),
    )


def _baseline(result: Mapping[str, Any]) -> str:
    if result.get("baseline") is None or result.get("baseline_value") is None:
        return ""
    return f"{result['baseline']}: {_number(result['baseline_value'])}"


def _number(value: Decimal | int | str) -> str:
    if isinstance(value, str):
        return value
    exact = Decimal(value)
    return f"{exact:,.0f}" if abs(exact) >= 100 else f"{exact.normalize():f}"
