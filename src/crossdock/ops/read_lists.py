"""What outside systems list for a close: their day, then whatever is asked for by its key."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from crossdock.engine.registry import Attached
from crossdock.ops.close_account import Scope
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ports.capabilities import Connector
from crossdock.ports.errors import ConnectorError, Unavailable
from crossdock.ports.listing import Listed, Lists, Sought

KNOWN_IN_A_ROW_MAX = 1_000
"""So many documents that were listed already, one after the other: the list goes in circles."""
DOCUMENTS_MAX = 2_000_000
"""No day of one connection is larger; a list that is has no end."""

Beat = Callable[[], None]
"""Called for every document: says that the reading goes on."""
ListedByConnection = Mapping[str, Sequence[Listed]]
"""A connection that does not list, or could not be read, has no entry."""


@dataclass(slots=True)
class Read:
    """What was read, and of whom nothing could be."""

    lists: dict[str, Sequence[Listed]] = field(default_factory=dict)
    failed: list[Difference] = field(default_factory=list)


def silent() -> None:
    """The beat of nobody."""


def read_lists(scope: Scope, beat: Beat = silent) -> Read:
    """The day of every connection that lists, by the bounds of its own day."""
    read = Read()
    for attached, connector in _that_list(scope.connections):
        _read(read, attached, _listed(connector, *scope.bounds(attached)), beat)
    return read


def look_up(
    read: Read, scope: Scope, sought: Mapping[str, Sequence[Sought]], beat: Beat = silent
) -> None:
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
            beat,
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


def _read(read: Read, attached: Attached, documents: Iterable[Listed], beat: Beat) -> None:
    """A system that fails half way has told nothing; whatever its fault is, others are closed."""
    name, owner = attached.connection.name, attached.manifest.owner
    found: list[Listed] = []
    beat()
    told = _ending(documents)
    while True:
        try:
            one = next(told, None)
        except ConnectorError as error:
            remedy = error.remedy or "close again when it answers"
            _fail(read, name, error.reason, owner, remedy)
            return
        except Exception as error:  # noqa: BLE001 - boundary: one connector's fault is its own
            reason = f"{type(error).__name__}: {error}"
            remedy = f"report it: {name} gave a list that its connector could not read"
            _fail(read, name, reason, "integration", remedy)
            return
        if one is None:
            break
        found.append(one)
        beat()
    read.lists[name] = found


def _ending(documents: Iterable[Listed]) -> Iterator[Listed]:
    """The same. Raises Unavailable for a list that never ends."""
    seen = set[tuple[object, ...]]()
    again = 0
    for one in documents:
        facts = (one.kind, one.key, one.name, one.status, one.at)
        again = again + 1 if facts in seen else 0
        if again > KNOWN_IN_A_ROW_MAX or len(seen) >= DOCUMENTS_MAX:
            raise Unavailable(
                f"its list does not end: {len(seen)} documents, then the same again and again"
                if again
                else f"its list does not end: more than {DOCUMENTS_MAX} documents",
                remedy="report it to the maker of the system: its pages go in circles",
            )
        seen.add(facts)
        yield one


def _fail(read: Read, name: str, reason: str, owner: str, remedy: str) -> None:
    read.lists.pop(name, None)
    read.failed.append(Difference("not_listed", name, name, "not compared", reason, owner, remedy))
