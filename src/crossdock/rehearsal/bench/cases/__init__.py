"""One benchmark a file; its name is the file's.

`run(short) -> list[Result]` measures figures. `pairs() -> list[Paired]`, where a ratio is cheap
enough to be measured seven times in a minute, measures what `--check` compares with the record.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from crossdock.rehearsal.bench.pairs import Paired
from crossdock.rehearsal.bench.result import Result


@dataclass(frozen=True, slots=True)
class Case:
    """What one benchmark offers."""

    run: Callable[[bool], list[Result]]
    pairs: Callable[[], list[Paired]] | None = None


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def case(name: str) -> Case:
    """The benchmark of that name."""
    module = importlib.import_module(f"{__name__}.{name}")
    return Case(module.run, getattr(module, "pairs", None))
