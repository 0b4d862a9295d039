"""What outside systems list for a close: their day, then whatever is asked for by its key."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from crossdock.engine.registry import Attached
from crossdock.ops.close_account import Scope
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ports.capabilities import Connector
from crossdock.ports.errors import ConnectorError
from crossdock.ports.listing import Listed, Lists, Sought

ListedByConnection = Mapping[str, Sequence[Listed]]
"""A connection that does not list, or could not be read, has no entry."""


@dataclass(slots=True)
class Read:
    """What was read, and of whom nothing could be."""

    lists: dict[str, Sequence[Listed]] = field(default_factory=dict)
    failed: list[Difference] = field(default_factory=list)


def read_lists(scope: Scope) -> Read:
    """The day of every connection that lists, by the bounds of its own day."""
    read = Read()
    for attached, connector in _that_list(scope.connections):
        _read(read, attached, _listed(connector, *scope.bounds(attached)))
    return read


def look_up(read: Read, scope: Scope, sought: Mapping[str, Sequence[Sought]]) -> None:
    """Read these keys once more, each kind of document, in place of what the lists said of them."""
    for attached, connector in _that_list(scope.connections):
        name = attached.connection.name
        wanted = sought.get(name, ())
        if name not in read.lists or not wanted:
            continue
        keys = {one.key for one in wanted}
        rest = [one for one in read.lists[name] if one.key not in keys]
        _read(
            read,
            attached,
            chain(rest, (one for one in _found(connector, wanted) if one.key in keys)),
        )


def _listed(connector: Lists, since: datetime, until: datetime) -> Iterator[Listed]:
    for kind in connector.listed_kinds():
        yield from connector.list_documents(kind, since, until)


def _found(connector: Lists, sought: Sequence[Sought]) -> Iterator[Listed]:
    for kind in connector.listed_kinds():
        yield from connector.find_documents(kind, sought)


def _that_list(connections: Iterable[Attached]) -> Iterator[tuple[Attached, Lists]]:
    for attached in connections:
        connector: Connector = attached.connector
        if isinstance(connector, Lists):
            yield attached, connector


def _read(read: Read, attached: Attached, documents: Iterable[Listed]) -> None:
    """A system that fails half way has told nothing."""
    name = attached.connection.name
    try:
        read.lists[name] = list(documents)
    except ConnectorError as error:
        read.lists.pop(name, None)
        remedy = error.remedy or "close again when it answers"
        owner = attached.manifest.owner
        read.failed.append(
            Difference("not_listed", name, name, "not compared", error.reason, owner, remedy)
        )
