"""What this deployment consists of: connections with their connectors, use cases, resolvers.

Filled by `crossdock.bootstrap`, the only place where connectors meet processes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from crossdock.domain.model import CanonicalModel
from crossdock.engine.chore import Chore
from crossdock.engine.store import Transaction
from crossdock.engine.use_case import Need, UseCase
from crossdock.ports.capabilities import Connection, Connector
from crossdock.ports.manifest import Manifest


class Ask(NamedTuple):
    """A need of one document."""

    company_id: int
    work_key: str
    need: Need


Resolver = Callable[[Transaction, Sequence[Ask], datetime], Mapping[Ask, Any]]
"""Answers asks of one kind in bulk; an ask it leaves out is answered with None."""


class Posted(NamedTuple):
    """What a ledger is to keep of one document."""

    company_id: int
    connection_id: int
    work_key: str
    entry: Any


Poster = Callable[[Transaction, Sequence[Posted], datetime], None]
"""Writes what one ledger keeps of documents that changed, in the transaction that changes them.

Called with everything of a batch at once, sorted by company and work key.
"""


class UnknownConnection(LookupError):
    """No connection of that name or number is configured here."""

    def __init__(self, which: object, known: Sequence[str]) -> None:
        super().__init__(
            f"no connection {which!r} here (configured: {', '.join(known) or 'none'}); "
            "see `crossdock connections list`"
        )


class LeftOut(UnknownConnection):
    """The connection is configured, and this process could not connect it: work for it waits."""

    def __init__(self, name: str, reason: str) -> None:
        LookupError.__init__(
            self, f"connection {name!r} was left out when this process started: {reason}"
        )


@dataclass(frozen=True, slots=True)
class Attached:
    """A connection and the connector that serves it."""

    connection: Connection
    connector: Connector

    @property
    def manifest(self) -> Manifest:
        return self.connector.manifest


@dataclass(slots=True)
class Registry:
    """The wiring of one process."""

    attached: dict[int, Attached] = field(default_factory=dict)
    routes: dict[type[CanonicalModel], UseCase] = field(default_factory=dict)
    outcome_routes: dict[str, UseCase] = field(default_factory=dict)
    """By document type: who hears what an effect of such a document turned out to be."""
    resolvers: dict[str, Resolver] = field(default_factory=dict)
    posters: dict[str, Poster] = field(default_factory=dict)
    """By ledger."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Configured connections that could not be connected, by name: why."""
    chores: list[Chore] = field(default_factory=list)
    """What this process's worker does beside its stages."""

    def __post_init__(self) -> None:
        self.resolvers = {"settings": self.resolve_settings, **self.resolvers}

    def attach(self, connection: Connection, connector: Connector) -> None:
        """Settings that a newer manifest added have their defaults."""
        missing = {
            s.name: s.default
            for s in connector.manifest.settings
            if s.default is not None and not s.secret and s.name not in connection.settings
        }
        if missing:
            connection = replace(connection, settings={**connection.settings, **missing})
        self.attached[connection.connection_id] = Attached(connection, connector)

    def resolve_settings(
        self, _tx: Transaction, asks: Sequence[Ask], _now: datetime
    ) -> Mapping[Ask, Mapping[str, str]]:
        """Need `settings`, scope = a connection of the same company: its settings.

        Raises LeftOut.
        """
        for ask in asks:
            self._require_connected(ask.need.scope)
        by_name = {
            (a.connection.company_id, a.connection.name): a.connection.settings
            for a in self.attached.values()
        }
        named = {ask: by_name.get((ask.company_id, ask.need.scope)) for ask in asks}
        return {ask: settings for ask, settings in named.items() if settings is not None}

    def by_id(self, connection_id: int) -> Attached:
        try:
            return self.attached[connection_id]
        except KeyError:
            raise UnknownConnection(connection_id, self.names()) from None

    def by_name(self, name: str) -> Attached:
        for attached in self.attached.values():
            if attached.connection.name == name:
                return attached
        self._require_connected(name)
        raise UnknownConnection(name, self.names())

    def _require_connected(self, name: str) -> None:
        if name in self.left_out:
            raise LeftOut(name, self.left_out[name])

    def names(self) -> list[str]:
        return sorted(a.connection.name for a in self.attached.values())

    def close(self) -> None:
        for attached in self.attached.values():
            attached.connector.close()
