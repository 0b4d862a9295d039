"""What a planted bug is, and the two ways to plant one: other SQL, another function."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

from crossdock.engine.store import Queries

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class PlantedBug:
    """One bug."""

    name: str
    origin: str
    """The promise it breaks, or the scenario whose cause it is."""
    what: str
    plants: Sequence[Plant]
    schema: Sequence[str] = ()
    """Statements that plant it in the schema."""
    mends: Sequence[str] = ()
    """Statements that undo them."""

    @contextmanager
    def planted(self) -> Iterator[None]:
        """In force during the block."""
        with ExitStack() as stack:
            for plant in self.plants:
                stack.enter_context(plant())
            yield


def sql(queries: Queries, name: str, *changes: tuple[str, str]) -> Plant:
    """Another text of a named statement: each pair is what stood there and what stands now."""
    return partial(_sql, queries, name, changes)


@contextmanager
def _sql(queries: Queries, name: str, changes: Sequence[tuple[str, str]]) -> Iterator[None]:
    statements = queries._statements
    before = statements[name]
    after = before
    for old, new in changes:
        assert old in after, f"{name} no longer says {old!r}: plant the bug anew"
        after = after.replace(old, new)
    statements[name] = after
    try:
        yield
    finally:
        statements[name] = before


def function(owner: Any, name: str, instead: Any) -> Plant:
    """Another function in its place."""
    return partial(patch.object, owner, name, instead)
