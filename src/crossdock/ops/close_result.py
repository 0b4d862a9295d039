"""What a close found: accounts per connection, what is open and whose, what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.ops.reconciliation.comparison import Compared
from crossdock.ops.reconciliation.difference import Difference


@dataclass(frozen=True, slots=True)
class MessageAccount:
    """Arrivals of a day, and where the messages they made are now."""

    arrivals: int
    repeats: int
    """Arrivals of a message that was known: they point at the first."""
    reentered: int
    """Of the arrivals: outcomes of our own effects, and what we read again."""
    done: int
    duplicate: int
    stale: int
    rejected: int
    waiting: int
    working: int
    held: int
    dead: int
    carried: int
    """Of earlier days, and open now."""

    @property
    def ended(self) -> int:
        return self.repeats + self.done + self.duplicate + self.stale + self.rejected

    @property
    def open(self) -> int:
        return self.waiting + self.working + self.held + self.dead

    @property
    def balanced(self) -> bool:
        """Received = ended + open."""
        return self.arrivals == self.ended + self.open


@dataclass(frozen=True, slots=True)
class EffectAccount:
    """Effects made on a day, and where they are now."""

    made: int
    done: int
    rejected: int
    withdrawn: int
    open: int
    carried: int

    @property
    def balanced(self) -> bool:
        """Made = done + rejected + withdrawn + open."""
        return self.made == self.done + self.rejected + self.withdrawn + self.open


@dataclass(frozen=True, slots=True)
class HoldAccount:
    """Questions of one currency (None: without a value) that were opened, closed, are open."""

    currency: str | None
    opened: int
    opened_value: Decimal
    closed: int
    closed_value: Decimal
    open: int
    open_value: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """One connection's day."""

    connection: str
    system: str
    time_zone: str
    since: datetime
    until: datetime
    messages: MessageAccount
    effects: EffectAccount
    holds: Sequence[HoldAccount] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    """Arrivals answered 401 or 413, by reason: counted, not received."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a close signs for one connection's day: seen outside = received = ended + open."""

    connection: str
    seen: int | None
    """Documents that the system lists; None: it lists none, or could not be asked."""
    received: int
    """Of these: those that our books have."""
    ended: int
    open: int
    lost: int
    """Documents and messages whose difference has a place, on either side."""
    meter_alive: bool
    """The losses that the meter planted itself were found and located."""
    signed: bool


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A message or effect that has not ended, and whose it is."""

    connection: str
    what: str
    """message | effect"""
    id: int
    name: str
    """The message's kind, the effect's operation."""
    work_key: str
    state: str
    since: datetime
    owner: str | None
    """A role, `crossdock` (it goes on by itself), or None: nobody's."""
    reason: str
    fix: str
    hold_id: int | None
    value: Money | None


@dataclass(frozen=True, slots=True)
class Close:
    """A day, accounted for."""

    company_id: int
    day: date
    scope: str
    """The one connection it is limited to; empty for all."""
    accounts: Sequence[Account]
    open: Sequence[OpenItem]
    """The oldest of what is open, nobody's first; `open_count` says how many there are."""
    open_count: int
    compared: Sequence[Compared]
    differences: Sequence[Difference]
    """The first of each connection; `counted` says how many there are."""
    in_flight: Sequence[Difference] = ()
    """What differed while something about it was under way: shown, and no difference. Likewise."""
    statements: Sequence[Statement] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    """Differences by connection; empty in closes that were kept with all of them."""
    in_flight_count: int = 0

    @property
    def difference(self) -> int:
        """How many differences there are, named or not."""
        return max(sum(self.counted.values()), len(self.differences))

    @property
    def clean(self) -> bool:
        """Difference 0: nothing differs, and either side has as many documents at rest."""
        return not self.differences and all(c.ours == c.theirs for c in self.compared)


@dataclass(frozen=True, slots=True)
class CloseRun:
    """A close as it was kept."""

    run_id: int
    closed_at: datetime
    closed_by: str
    audit_sequence: int
    audit_hash: str
    repeated: bool
    """It found what the run before it had found: that one stands, nothing was written."""
    close: Close
