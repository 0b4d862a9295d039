"""The bar of a long campaign; where nobody watches a terminal, a line now and then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LINES = 20
"""So many in all, where there is no terminal."""


class Advance(Protocol):
    """One more is done: says what was found so far (`3 violations`), and what is told at once."""

    def __call__(self, found: str, told: str = "") -> None: ...


@contextmanager
def campaign_bar(what: str, total: int) -> Iterator[Advance]:
    """Shows on standard error how many of `total` are done."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("[progress.description]{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=console, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=total)
        done = 0

        def advance(found: str, told: str = "") -> None:
            nonlocal done
            done += 1
            if told:
                console.print(told, highlight=False, markup=False)
            bar.update(task, advance=1, description=f"{what} · {found}")
            if bar.disable and (done == total or done % max(1, total // LINES) == 0):
                console.print(f"{what}: {done} of {total}, {found}", highlight=False)

        yield advance
