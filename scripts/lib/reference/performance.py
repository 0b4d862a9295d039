"""The committed benchmark result as tables."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from crossdock.rehearsal.bench.cases import Declared
from crossdock.rehearsal.bench.record import key
from scripts.lib.reference.markdown import page, table

RECORD = "docs/reference/benchmark.json"
REPRODUCE = "scripts/bench --docs"
NONE_YET = f"No result is committed yet. `{REPRODUCE}` measures and writes one."
HEAD = ["Benchmark", "What is measured", "Value", "Compared with", "Ratio"]
PARTS = {"results": "figure", "paired": "held ratio"}
MET = {True: "yes", False: "**no**", None: ""}

INTRODUCTION = f"""
Measured by `{REPRODUCE}` and recorded in `{RECORD}`;
of which code and when, says [Recorded](#recorded). Here stands what the benchmarks give today: what
none of them gives any more is left out, and what none has recorded yet is
[named](#not-recorded-yet). Each figure stands beside a baseline of the same run. Read the ratios:
client, server and database share one machine, and another machine, or another hour of this one, has
other numbers.
"""
HELD = """
`scripts/bench --check`, which every change passes, measures these ratios anew: at least seven
times value and baseline one directly after the other, each going first in turn. The ratios'
geometric mean and its 95 % interval (Student's t on their logarithms) are compared with the limit.
No time is compared. The runs are shorter than those of the figures above, and so the ratios differ.

- The whole interval within the limit: it holds. The whole interval beyond it: the check fails.
- The limit inside the interval: that proves nothing. The pairs are measured again on a deployment
  started anew and counted together, up to three times as many. If that proves nothing either, the
  middle decides: beyond the limit the check fails, else it passes and says `inconclusive`. So a
  ratio that is truly beyond its limit fails more often than not, however noisy the machine; one
  that is where it was recorded fails only when noise moves the middle of all pairs to the limit.
- The limit follows the recorded ratio by a tolerance, and it is never more than a tenth beyond the
  bounds of what any sane machine gives (two workers never bring less than one).
- Nothing is recorded that holds nothing: a ratio beyond those bounds, or an interval wider than the
  tolerance after three times the pairs. The run fails and the old record stays. A check that finds
  such a record, or none, fails too.

A ratio that is too dear to be measured seven times, or hardly varies, is measured once, has no
interval and a fixed, wide limit.
"""
RECORDED = """
`+`: with changes that were not committed then. Load: of the machine before the run, over 1, 5 and
15 minutes.
"""
AGAIN = f"""
```sh
{REPRODUCE}              # everything, in full: half an hour; keep the machine quiet
{REPRODUCE} NAME         # one benchmark anew, on the machine of the others
{REPRODUCE} --short      # only the ratios that the check holds
scripts/bench --list           # which benchmarks there are
scripts/bench --json FILE      # measure, and keep the figures elsewhere
scripts/bench --check          # compare with what is recorded
```
"""


def read(path: Path) -> Mapping[str, Any] | None:
    """The committed result, or None when there is none yet."""
    if not path.exists():
        return None
    result: Mapping[str, Any] = json.loads(path.read_bytes(), parse_float=Decimal)
    return result


def current(result: Mapping[str, Any] | None, declared: Declared) -> Mapping[str, Any] | None:
    """Only what the benchmarks give today; `missing`: what of it nobody recorded."""
    if result is None:
        return None
    parts: dict[str, list[Mapping[str, Any]]] = {}
    missing: list[tuple[str, ...]] = []
    for part, order in (("results", declared.results), ("paired", declared.paired)):
        found = {key(row): row for row in result.get(part, [])}
        parts[part] = [found[which] for which in order if which in found]
        missing += [(which[0], PARTS[part], *which[1:]) for which in order if which not in found]
    return {**result, **parts, "missing": missing}


def figures(result: Mapping[str, Any] | None) -> str:
    """The table of the README: what has an aim."""
    if result is None:
        return NONE_YET
    wanted = [r for r in result["results"] if r.get("aim")]
    rows = ([*_figure(r), str(r["aim"]), MET[r.get("met")]] for r in wanted)
    parts = [_machine(result), table([*HEAD, "Aim", "Met"], rows)]
    missing = sorted({row[0] for row in result.get("missing", ())})
    if missing:
        parts.append(f"Not recorded yet, wholly or in part: {', '.join(missing)}.")
    return "\n\n".join(parts)


def page_text(result: Mapping[str, Any] | None) -> str:
    """docs/reference/performance.md."""
    if result is None:
        return page("Performance", INTRODUCTION, NONE_YET)
    everything, held = _all_figures(result["results"]), _held(result)
    return page(
        "Performance",
        *(INTRODUCTION, _machine(result)),
        *("## Figures", everything),
        *("## Not recorded yet", _missing(result)),
        *("## Ratios that are held", HELD, held),
        *("## Recorded", RECORDED, _recorded(result)),
        *("## Measuring again", AGAIN),
    )


def _all_figures(results: Iterable[Mapping[str, Any]]) -> str:
    rows = (
        [*_figure(r), _interval(r), str(r.get("aim") or ""), MET[r.get("met")]] for r in results
    )
    return table([*HEAD, "95 %", "Aim", "Met"], rows)


def _held(result: Mapping[str, Any]) -> str:
    """What is measured in pairs, then what is measured once and has a fixed limit."""
    head = ["Benchmark", "What is compared", "With", "Pairs", "Ratio", "95 %", "Limit"]
    once = [dict(r, pairs=1, interval=None) for r in result["results"] if r.get("limit")]
    rows = (
        [r["name"], r["metric"], r["baseline"], str(r["pairs"]), f"{number(r['ratio'])} ×",
         _interval(r), _limit(r)]
        for r in [*result.get("paired", []), *once]
    )  # fmt: skip
    return table(head, rows)


def _missing(result: Mapping[str, Any]) -> str:
    rows = result.get("missing")
    head = ["Benchmark", "What", "What is measured", "Compared with"]
    return table(head, rows) if rows else "Everything is recorded."


def _recorded(result: Mapping[str, Any]) -> str:
    """One row for all that one run measured of a benchmark."""
    rows = {
        (r["name"], what, *_moment(r.get("recorded")))
        for part, what in PARTS.items()
        for r in result.get(part, [])
    }
    return table(["Benchmark", "What", "Commit", "Date", "Load before"], sorted(rows))


def _moment(recorded: Mapping[str, Any] | None) -> tuple[str, str, str]:
    if recorded is None:
        return ("not noted", "", "")
    return (str(recorded["commit"]), str(recorded["date"]), _plain(recorded["load_before"]))


def _figure(result: Mapping[str, Any]) -> list[str]:
    ratio = result.get("ratio")
    return [
        str(result["name"]),
        str(result["metric"]),
        f"**{number(result['value'])}** {result['unit']}",
        _baseline(result),
        "" if ratio is None else f"{number(ratio)} ×",
    ]


def _machine(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    told = {name.replace("_", " "): _plain(value) for name, value in machine.items()}
    told.pop("load before", None)
    return "Measured on: " + ", ".join(f"{name} {value}" for name, value in told.items()) + "."


def _plain(value: Any) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)


def _interval(result: Mapping[str, Any]) -> str:
    ends = result.get("interval")
    return " to ".join(number(end) for end in ends) if ends else ""


def _limit(held: Mapping[str, Any]) -> str:
    if "better" not in held:
        return str(held["limit"])
    bound = "at least" if held["better"] == "higher" else "at most"
    return f"{bound} {number(held['limit'])} ×"


def _baseline(result: Mapping[str, Any]) -> str:
    if result.get("baseline_value") is None:
        return ""
    return f"{result['baseline']}: {number(result['baseline_value'])}"


def number(value: Decimal | int) -> str:
    """Three significant digits; whole numbers from a hundred on."""
    exact = Decimal(value)
    if abs(exact) >= 100 or not exact:
        return f"{exact:,.0f}"
    digits = max(0, 2 - exact.adjusted())
    return f"{round(exact, digits).normalize():f}"
