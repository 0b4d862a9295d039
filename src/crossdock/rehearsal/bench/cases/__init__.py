"""One benchmark a file; its name is the file's.

`run(short) -> list[Result]` measures figures. `pairs() -> list[Paired]`, where a ratio is cheap
enough to be measured seven times in a minute, measures what `--check` compares with the record.
`FIGURES` and `COMPARED` name what a full run and the pairs give: a record keeps nothing else.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crossdock.rehearsal.bench.pairs import Key, Paired
from crossdock.rehearsal.bench.result import BenchFailed, Result

Row = tuple[str, str]
"""Metric and baseline."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one benchmark offers."""

    run: Callable[[bool], list[Result]]
    pairs: Callable[[], list[Paired]] | None = None
    figures: Sequence[Row] = ()
    compared: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What all benchmarks give today, in order."""

    results: Sequence[Key]
    paired: Sequence[Key]


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def case(name: str) -> Case:
    """The benchmark of that name."""
    module = importlib.import_module(f"{__name__}.{name}")
    pairs = getattr(module, "pairs", None)
    return Case(module.run, pairs, module.FIGURES, module.COMPARED)


def declared() -> Declared:
    """Of all of them."""
    every = [(name, case(name)) for name in names()]
    return Declared(
        [(name, *row) for name, its in every for row in its.figures],
        [(name, *row) for name, its in every for row in its.compared],
    )


def only_declared(found: Sequence[Result | Paired], rows: Sequence[Row]) -> None:
    """Raises BenchFailed when something else was measured, which no page would show."""
    others = sorted({(f.metric, f.baseline) for f in found} - set(rows))
    if others:
        raise BenchFailed(f"it measured what it does not declare: {others}")
