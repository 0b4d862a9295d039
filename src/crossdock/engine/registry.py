"""What this deployment consists of: connections with their connectors, use cases, resolvers.

Filled by `crossdock.bootstrap`, the only place where connectors meet processes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from crossdock.domain.model import CanonicalModel
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


class UnknownConnection(LookupError):
    """No connection of that name or number is configured here."""

    def __init__(self, which: object, known: Sequence[str]) -> None:
        super().__init__(
            f"no connection {which!r} here (configured: {', '.join(known) or 'none'}); "
            "see `crossdock connections list`"
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

    def attach(self, connection: Connection, connector: Connector) -> None:
        self.attached[connection.connection_id] = Attached(connection, connector)

    def by_id(self, connection_id: int) -> Attached:
        try:
            return self.attached[connection_id]
        except KeyError:
            raise UnknownConnection(connection_id, self.names()) from None

    def by_name(self, name: str) -> Attached:
        for attached in self.attached.values():
            if attached.connection.name == name:
                return attached
        raise UnknownConnection(name, self.names())

    def names(self) -> list[str]:
        return sorted(a.connection.name for a in self.attached.values())

    def close(self) -> None:
        for attached in self.attached.values():
            attached.connector.close()
