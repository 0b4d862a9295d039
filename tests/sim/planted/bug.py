"""What a planted bug is, and the two ways to plant one: other SQL, another function."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType
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


def sql(module: ModuleType, name: str, *changes: tuple[str, str]) -> Plant:
    """Another text of a statement the module runs: pairs of what stood there and stands now."""
    return partial(_sql, module, name, changes)


@contextmanager
def _sql(module: ModuleType, name: str, changes: Sequence[tuple[str, str]]) -> Iterator[None]:
    ran = f"SQL.{name}" in inspect.getsource(module)
    assert ran, f"{module.__name__} does not run {name}: plant the bug anew"
    queries: Queries = module.SQL
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
