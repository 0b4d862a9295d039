"""`python -m crossdock.rehearsal.bench [NAME…] [--short] [--json FILE] [--list] [--check]`."""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from crossdock.rehearsal.bench import cases
from crossdock.rehearsal.bench.machine import machine
from crossdock.rehearsal.bench.result import BenchFailed, Result

Case = Callable[[bool], list[Result]]


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(module.name for module in pkgutil.iter_modules(cases.__path__))


def case(name: str) -> Case:
    """The benchmark of that name."""
    run: Case = importlib.import_module(f"{cases.__name__}.{name}").run
    return run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a run failed."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; default: all")
    parser.add_argument("--short", action="store_true", help="a quick look: fewer, shorter runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and end")
    parser.add_argument("--check", action="store_true",
                        help="short runs; fail when a ratio breaks its limit")  # fmt: skip
    given = parser.parse_args(arguments)
    known = names()
    if given.list:
        print("\n".join(known))
        return 0
    unknown = sorted(set(given.names) - set(known))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}")
    short = given.short or given.check
    return _run(given.names or known, short, given.json, check=given.check)


def _run(wanted: Sequence[str], short: bool, file: Path | None, *, check: bool) -> int:
    console = Console()
    found, results, failed = machine(), list[Result](), False
    for name in wanted:
        try:
            results += case(name)(short)
        except BenchFailed as error:
            console.print(f"{name}: {error}", style="red")
            failed = True
    console.print(_table(results))
    if file is not None:
        document = {"machine": found, "results": [r.document() for r in results]}
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for result in (r for r in results if check and r.missed):
        console.print(f"{result.name}, {result.metric}: {result.missed}", style="red")
        failed = True
    return int(failed)


def _table(results: Sequence[Result]) -> Table:
    table = Table("benchmark", "metric", "value", "baseline", "ratio", "aim", title="Benchmarks")
    for r in results:
        baseline = f"{r.baseline}: {r.baseline_value:,.1f}" if r.baseline_value is not None else ""
        ratio = f"{r.ratio:.2f}" if r.ratio is not None else ""
        table.add_row(r.name, r.metric, f"{r.value:,.1f} {r.unit}", baseline, ratio, r.aim)
    return table


if __name__ == "__main__":
    sys.exit(main())
