"""Results as tables on the terminal."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from crossdock.rehearsal.bench.pairs import Interval, Key, Paired
from crossdock.rehearsal.bench.result import Result


def results_table(results: Sequence[Result]) -> Table:
    """Figures beside their baselines."""
    table = Table("benchmark", "metric", "value", "baseline", "ratio", "aim", title="Benchmarks")
    for r in results:
        baseline = f"{r.baseline}: {shown(r.baseline_value)}" if r.baseline_value else ""
        ratio = shown(r.ratio) if r.ratio is not None else ""
        table.add_row(
            r.name, r.metric, f"{shown(r.value)} {r.unit}", baseline, ratio, r.aim.words()
        )
    return table


def paired_table(paired: Sequence[Paired], recorded: Mapping[Key, Interval]) -> Table:
    """Ratios beside the recorded ones."""
    table = Table(
        "benchmark", "metric", "baseline", "ratio", "95 %", "recorded", "limit", title="Pairs"
    )
    for p in paired:
        low, ratio, high = p.interval
        then = recorded[p.key].ratio if p.key in recorded else None
        limit = shown(p.limit(then)) if then is not None else ""
        table.add_row(
            p.name, p.metric, p.baseline, shown(ratio), f"{shown(low)} to {shown(high)}",
            shown(then), limit,
        )  # fmt: skip
    return table


def shown(value: float | None) -> str:
    """Three significant digits; whole numbers from a hundred on."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
