"""`scripts/bench [NAME…] [--short] [--check] [--docs] [--json FILE] [--list]`: see `--help`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from crossdock.rehearsal.bench import compare, record
from crossdock.rehearsal.bench.cases import Case, case, declared, names, only_declared
from crossdock.rehearsal.bench.machine import machine, moment
from crossdock.rehearsal.bench.pairs import Paired
from crossdock.rehearsal.bench.record import RECORD
from crossdock.rehearsal.bench.result import BenchFailed, Result
from crossdock.rehearsal.bench.tables import paired_table, results_table
from crossdock.rehearsal.children import ChildFailed

ABOUT = """Measure what Crossdock costs, each figure beside a baseline of the same run.

Without an option: full runs, printed. `--check` compares seven interleaved pairs of each ratio
with the recorded one. It fails when the whole 95 % interval is beyond the limit; while the limit
lies inside, it measures again, up to three times, and then the middle decides and "inconclusive"
is said. A ratio that is too dear to pair is measured once and has a fixed, wide limit. `--docs`
measures both ways and records it in docs/reference (only the named benchmarks, if any are named);
what a noisy machine gives, or is beyond what any sane one gives, it refuses to record."""


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
        self._moment = moment()
        self._recorded = record.recorded_ratios(record.read(RECORD))
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
        if self._paired:
            self._console.print(paired_table(self._paired, self._recorded))
        if self._given.check:
            self._judge()
        self._write()

    def _measure(self, name: str, measured: Case) -> None:
        """All that is wanted of one benchmark, or nothing of it."""
        given = self._given
        pairs = measured.pairs if given.check or given.docs else None
        figures = not given.short if given.docs else pairs is None
        try:
            paired = self._pairs(measured, pairs) if pairs is not None else []
            results = self._figures(measured) if figures else []
        except (BenchFailed, ChildFailed) as error:
            self._say(f"{name}: {error}")
            return
        self._paired += paired
        self._results += results

    def _pairs(self, measured: Case, measure: Callable[[], list[Paired]]) -> list[Paired]:
        """Raises BenchFailed, when they are to be recorded, for those that hold nothing."""
        if self._given.check:
            return compare.measured(measure, self._is_clear, self._tell_noise)
        found = compare.measured(measure, compare.fit, self._tell_noise)
        only_declared(found, measured.compared)
        compare.fit_for_the_record(found)
        return found

    def _figures(self, measured: Case) -> list[Result]:
        """Raises BenchFailed, when they are to be recorded, for those that break their limit."""
        results = measured.run(self._given.short or self._given.check)
        if self._given.docs:
            only_declared(results, measured.figures)
            missed = [f"{r.metric}: {r.missed}" for r in results if r.missed]
            if missed:
                raise BenchFailed(f"not recorded, the old record stays: {'; '.join(missed)}")
        return results

    def _is_clear(self, paired: Paired) -> bool:
        return compare.clear(paired, self._recorded.get(paired.key))

    def _tell_noise(self, what: str) -> None:
        self._console.print(what, style="yellow", soft_wrap=True, markup=False)

    def _judge(self) -> None:
        for result in self._results:
            if result.missed:
                self._say(f"{result.name}, {result.metric}: {result.missed}")
        for paired in self._paired:
            recorded = self._recorded.get(paired.key)
            what = f"{paired.name}, {paired.metric}, beside {paired.baseline}"
            if broken := compare.broken(paired, recorded):
                self._say(f"{what}: {broken}")
            elif doubt := compare.doubt(paired, recorded):
                self._tell_noise(f"{what}: {doubt}")

    def _write(self) -> None:
        """Of benchmarks that failed the record keeps what it had."""
        found = record.document(machine(), self._moment, self._results, self._paired)
        if self._given.json is not None:
            record.write(self._given.json, found)
        if not self._given.docs or not (self._results or self._paired):
            return
        try:
            record.write(RECORD, record.merged(record.read(RECORD), found, declared()))
        except record.AnotherMachine as error:
            self._say(str(error))

    def _say(self, what: str) -> None:
        """A finding: the run has failed."""
        self._console.print(what, style="red", soft_wrap=True, markup=False)
        self._failed = True


if __name__ == "__main__":
    sys.exit(main())
