"""What a connector is and needs, as data that a machine checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from crossdock.ports.effect import Operation
from crossdock.ports.message import Shape
from crossdock.ports.setting import Setting, SettingKind

OUTAGE_MINUTES = Setting(
    "outage_minutes", "Minutes without an answer after which a person is asked", default="15",
    kind=SettingKind.MINUTES,
)  # fmt: skip
TIME_ZONE = Setting(
    "time_zone", "Time zone in which its day begins, for the close: `Europe/Berlin`",
    default="UTC", kind=SettingKind.TIME_ZONE,
)  # fmt: skip
PRIVATE_NETWORK = Setting(
    "private_network", "Whether its address may be of a private network or of this machine",
    default="yes", choices=("yes", "no"),
)  # fmt: skip
"""For systems that often live there; link-local addresses are never called."""
COMMON_SETTINGS = (OUTAGE_MINUTES, TIME_ZONE)
"""Every connection can be given these, whatever its system."""


@dataclass(frozen=True, slots=True)
class InboundType:
    """One kind of message the system sends us."""

    kind: str
    shape: Shape
    description: str


@dataclass(frozen=True, slots=True)
class Stream:
    """Something a sweep reads: the guarantee behind the webhooks (promise P6)."""

    name: str
    description: str
    interval_min: timedelta
    """Between sweeps when webhooks are missing or the stream has none."""
    interval_max: timedelta
    """Between sweeps while webhooks are seen to be complete."""
    overlap: timedelta
    """How far behind its cursor each sweep reads again."""
    projection: str | None = None
    """The projection this stream keeps, or None when its records are messages."""
    max_age: timedelta | None = None
    """Projections: how old it may be for a decision to rest on it."""


@dataclass(frozen=True, slots=True)
class RateBudget:
    """A token bucket shared by all workers."""

    capacity: float
    tokens_per_second: float
    per_day: float | None = None
    """Most tokens of one day (UTC); its last tenth is kept for the interactive lane."""


@dataclass(frozen=True, slots=True)
class RateBudgetReading:
    """What the system last said of the bucket: the shared bucket is set by it."""

    available: float
    capacity: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class QualityClaim:
    """A promise of the connector that the shared contract suite verifies."""

    name: str
    how: str


class UnknownKind(LookupError):
    """The connector declares no message of that kind."""

    def __init__(self, system: str, kind: str, known: Sequence[str]) -> None:
        super().__init__(f"{system} has no messages {kind!r} (it has {', '.join(known) or 'none'})")


class UnknownOperation(LookupError):
    """The connector has no operation of that name."""

    def __init__(self, system: str, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{system} cannot {name} (it can {', '.join(known) or 'nothing'})")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One connector: identity, version pins, settings, operations, streams and claims."""

    system: str
    title: str
    owner: str
    """Role that owns what fails on this interface: `integration`, `order_desk` …"""
    api_version: str
    api_removed_on: date | None
    settings: tuple[Setting, ...]
    inbound: tuple[InboundType, ...] = ()
    topic_header: str = ""
    """Webhooks: the header, in lower case, that names an arrival's topic; empty: they have none."""
    operations: tuple[Operation, ...] = ()
    streams: tuple[Stream, ...] = ()
    rate_budget: RateBudget | None = None
    concurrency_max: int = 2
    """Calls in flight at once, over all workers."""
    ownership: Mapping[str, str] = field(default_factory=dict)
    """Field group → the system that owns it, as far as this connector touches it."""
    quality: tuple[QualityClaim, ...] = ()

    def operation(self, name: str) -> Operation:
        """Raises UnknownOperation."""
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise UnknownOperation(self.system, name, [o.name for o in self.operations])

    def stream(self, name: str) -> Stream:
        return next(s for s in self.streams if s.name == name)

    def inbound_type(self, kind: str) -> InboundType:
        """Raises UnknownKind."""
        for inbound in self.inbound:
            if inbound.kind == kind:
                return inbound
        raise UnknownKind(self.system, kind, [t.kind for t in self.inbound])
