"""`scripts/bench [NAME…] [--short] [--check] [--docs] [--json FILE] [--list]`: see `--help`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from crossdock.rehearsal.bench import record
from crossdock.rehearsal.bench.cases import Case, case, names
from crossdock.rehearsal.bench.machine import machine
from crossdock.rehearsal.bench.pairs import Key, Paired
from crossdock.rehearsal.bench.record import RECORD
from crossdock.rehearsal.bench.result import BenchFailed, Result
from crossdock.rehearsal.bench.tables import paired_table, results_table
from crossdock.rehearsal.children import ChildFailed

ABOUT = """Measure what Crossdock costs, each figure beside a baseline of the same run.

Without an option: full runs, printed. `--check` compares seven interleaved pairs of each ratio
with the recorded one and fails only when the whole 95 % interval is worse than its limit; a ratio
that is too dear to pair is measured once and has a fixed, wide limit. `--docs` measures both ways
and records it in docs/reference (only the named benchmarks, if any are named)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, record; 1 when a run failed or a ratio broke its limit."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=ABOUT, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; default: all")
    parser.add_argument("--short", action="store_true",
                        help="fewer, shorter runs; with --docs: record the pairs only")  # fmt: skip
    parser.add_argument("--check", action="store_true",
                        help="compare pairs with the recorded ratios, not times")  # fmt: skip
    parser.add_argument("--docs", action="store_true",
                        help=f"record it in {RECORD}, write performance.md")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and end")
    given = parser.parse_args(arguments)
    known = names()
    if given.list:
        print("\n".join(known))
        return 0
    unknown = sorted(set(given.names) - set(known))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}")
    if given.check and given.docs:
        parser.error("--check compares with the record, --docs makes it: one at a time")
    return Session(given).run(given.names or known)


class Session:
    """One call of the program: what is measured, and what came of it."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._console = Console()
        self._machine = machine()
        self._results: list[Result] = []
        self._paired: list[Paired] = []
        self._failed = False

    def run(self, wanted: Sequence[str]) -> int:
        """What was measured before an interruption is printed and recorded all the same."""
        try:
            for name in wanted:
                self._measure(name, case(name))
        finally:
            self._tell()
        return int(self._failed)

    def _tell(self) -> None:
        if self._results:
            self._console.print(results_table(self._results))
        recorded = record.recorded_ratios(record.read(RECORD))
        if self._paired:
            self._console.print(paired_table(self._paired, recorded))
        if self._given.check:
            self._judge(recorded)
        self._write()

    def _measure(self, name: str, measured: Case) -> None:
        given = self._given
        pairs = measured.pairs if given.check or given.docs else None
        if pairs is not None:
            self._try(name, lambda: self._paired.extend(pairs()))
        figures = not given.short if given.docs else pairs is None
        if figures:
            short = given.short or given.check
            self._try(name, lambda: self._results.extend(measured.run(short)))

    def _try(self, name: str, measure: Callable[[], None]) -> None:
        try:
            measure()
        except (BenchFailed, ChildFailed) as error:
            self._say(f"{name}: {error}")

    def _judge(self, recorded: Mapping[Key, float]) -> None:
        for result in self._results:
            if result.missed:
                self._say(f"{result.name}, {result.metric}: {result.missed}")
        for paired in self._paired:
            finding = against(recorded, paired)
            if finding:
                self._say(f"{paired.name}, {paired.metric}, beside {paired.baseline}: {finding}")

    def _write(self) -> None:
        """Of benchmarks that failed the record keeps what it had."""
        found: dict[str, Any] = record.document(self._machine, self._results, self._paired)
        if self._given.json is not None:
            record.write(self._given.json, found)
        if not self._given.docs or not (self._results or self._paired):
            return
        try:
            record.write(RECORD, record.merged(record.read(RECORD), found))
        except record.AnotherMachine as error:
            self._say(str(error))

    def _say(self, what: str) -> None:
        """A finding: the run has failed."""
        self._console.print(what, style="red", soft_wrap=True, markup=False)
        self._failed = True


def against(recorded: Mapping[Key, float], paired: Paired) -> str:
    """What is wrong with a ratio beside the record, in words; empty: nothing."""
    if paired.key not in recorded:
        return "no ratio is recorded; scripts/bench --docs --short records one"
    return paired.worse_than(recorded[paired.key])


if __name__ == "__main__":
    sys.exit(main())
