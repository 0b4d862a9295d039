"""What a connector can be asked, as protocols.

A connector module offers `connector(connection) -> Connector`. It implements `Connector` and the
capabilities it has; `isinstance(c, Receives)` tells whether it has one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from crossdock.domain.model import CanonicalModel
from crossdock.ports.check import CheckResult
from crossdock.ports.effect import EffectToSend, Outcome, ProbeResult
from crossdock.ports.manifest import Manifest
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from crossdock.ports.sweep import SweepPage


@dataclass(frozen=True, slots=True)
class Connection:
    """One configured account of an outside system."""

    connection_id: int
    company_id: int
    name: str
    """Unique within the deployment; part of URLs, external ids and keys: [a-z0-9_]+"""
    system: str
    settings: Mapping[str, str]
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """By setting name: the valid values, newest first (two overlap while one is rotated)."""

    def secret(self, name: str) -> str:
        """The newest value of a secret. Raises KeyError when none is configured."""
        return self.secrets[name][0]


@runtime_checkable
class Connector(Protocol):
    """The least a connector has."""

    @property
    def manifest(self) -> Manifest: ...

    def close(self) -> None:
        """Give back sockets."""
        ...


@runtime_checkable
class Receives(Protocol):
    """Takes signed webhooks."""

    def authenticate(self, arrival: Arrival) -> None:
        """Check the signature on the raw body. Raises BadSignature."""
        ...

    def identify(self, arrival: Arrival) -> MessageIdentity | Hint:
        """Name the message. Must be quick and pure. Raises Unreadable."""
        ...


@runtime_checkable
class Translates(Protocol):
    """Turns raw inbound messages into canonical documents. Pure: no clock, no network."""

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        """Raises Unreadable with the field, the reason and the remedy."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """Turns a canonical document into the final bytes of an effect. Pure."""

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        """`resolved` holds what the process looked up (ids of partner, products, taxes …)."""
        ...


@runtime_checkable
class Delivers(Protocol):
    """Performs effects. Called from a thread pool; must be thread-safe."""

    def deliver(self, batch: Sequence[EffectToSend]) -> Sequence[Outcome]:
        """One call (or as few as the system allows) for effects of one operation.

        Answers one outcome per effect, each exactly once. A ConnectorError that is raised counts
        for every effect of the batch.
        """
        ...

    def probe(self, batch: Sequence[EffectToSend]) -> Sequence[ProbeResult]:
        """Look for effects whose outcome is unknown and compare them with their intent."""
        ...


@runtime_checkable
class Sweeps(Protocol):
    """Reads what changed, page by page."""

    def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """Pages after `cursor` minus the stream's overlap; None starts from the beginning.

        The caller commits each page before it asks for the next.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """Can examine its own connection: rights, features, key expiry, clock, subscriptions."""

    def check(self, now: datetime) -> Sequence[CheckResult]: ...


@runtime_checkable
class Maintains(Protocol):
    """Has upkeep to do on a schedule: re-arm subscriptions, renew what expires."""

    def maintain(self, now: datetime, receive_url: str) -> Sequence[CheckResult]:
        """Mends what it can and reports what it found and did."""
        ...


ConnectorFactory = Callable[[Connection], Connector]
