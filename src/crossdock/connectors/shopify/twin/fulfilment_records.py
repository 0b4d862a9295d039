"""Records about the shipping of an order: fulfilment orders, fulfilments, refunds of pieces."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LocationState:
    """A place goods are shipped from."""

    location_id: int
    name: str
    of_another_app: bool = False
    """Of a fulfilment service: other apps can ask it to fulfil, not do it."""


MAIN = LocationState(77_000_000_001, "Main warehouse")
SECOND = LocationState(77_000_000_002, "Second warehouse")
SERVICE = LocationState(77_000_000_003, "Fulfilment service", of_another_app=True)
LOCATIONS = {place.location_id: place for place in (MAIN, SECOND, SERVICE)}


@dataclass(slots=True)
class OpenLineState:
    """A line of a fulfilment order; `remaining` pieces are not fulfilled yet."""

    open_line_id: int
    line_id: int
    remaining: int


@dataclass(slots=True)
class FulfilmentOrderState:
    """Lines to be shipped from one location."""

    fulfilment_order_id: int
    location: LocationState
    lines: list[OpenLineState] = field(default_factory=list)
    held: bool = False
    started: bool = False

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)

    @property
    def status(self) -> str:
        if not self.remaining:
            return "CLOSED"
        if self.held:
            return "ON_HOLD"
        return "IN_PROGRESS" if self.started else "OPEN"

    @property
    def actions(self) -> list[str]:
        """Names of `supportedActions`."""
        if not self.remaining:
            return []
        if self.held:
            return ["RELEASE_HOLD"]
        if self.location.of_another_app:
            return ["REQUEST_FULFILLMENT"]
        return ["CREATE_FULFILLMENT", "HOLD", "MOVE"]


@dataclass(slots=True)
class FulfilmentState:
    """What was shipped at one time from one location: pieces by line id."""

    fulfilment_id: int
    name: str
    location: LocationState
    pieces: dict[int, int]
    created_at: datetime
    numbers: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    company: str | None = None
    notified: bool = False
    status: str = "SUCCESS"


@dataclass(slots=True)
class RefundState:
    """Pieces taken off the order, by line id; the twin refunds no money."""

    refund_id: int
    note: str
    pieces: dict[int, int]
    created_at: datetime
