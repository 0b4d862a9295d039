"""What becomes of an effect after a call: error class and grade decide, as a table.

error           sent again?      how                                       gives up after
Unavailable     yes              backoff with jitter                       100 in a row: dead
RateLimited     yes              after what the system said                200 in a row: dead
NotYet          yes              backoff with jitter                       100 in a row: dead
NotAuthorised   yes, slowly      once a minute; the connection is held     1000 in a row: dead
Ambiguous       A B C: probed    C only once it has settled                20 in a row: held
                D: never         a person decides
Rejected        no               the process hears it; a person, where others
                                 wait for it or an order cannot be read

While the connection's breaker is open nothing is given up: the effect waits for the breaker.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.ports.effect import Absent, Conflicting, Failed, Grade, Observed, Operation
from crossdock.ports.erp import NOT_FOUND, READ_ORDER
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotAuthorised,
    NotYet,
    RateLimited,
    Rejected,
    Unavailable,
)

BACKOFF_FIRST = timedelta(seconds=0.5)
BACKOFF_LAST = timedelta(minutes=15)
STRIKES_MAX: dict[type[ConnectorError], int] = {
    Unavailable: 100,
    RateLimited: 200,
    NotYet: 100,
    NotAuthorised: 1000,
    Ambiguous: 20,
}
RESTORED = "restored"
"""The cause of an effect that the time which was lost may have sent, or may have taken back."""
ATTEMPTS_MAX = 2000
"""Of all kinds together: nothing is tried for ever."""
UNKNOWN_FIX = (
    "look in the outside system whether it took effect; then "
    "`crossdock holds release ID --as done` or `--as retry`"
)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The next state of an effect, and what the person or the process is told."""

    state: str
    outcome: str
    must_probe: bool = False
    ready_at: datetime | None = None
    adopted: bool = False
    code: str | None = None
    error: str | None = None
    hold_kind: str | None = None
    hold_fix: str = ""
    cause: str | None = None
    """The class of the error, in lower case."""
    strikes: int = 0
    """How often in a row it ended by that cause, this time included."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of the attempt that just ended."""

    operation: Operation
    attempts: int
    first_sent_at: datetime | None
    now: datetime
    cause: str | None = None
    """Of the attempt before."""
    strikes: int = 0
    """Up to the attempt before."""
    may_run_until: datetime | None = None
    """When its worker is lost: how long its call may still be running."""
    down: bool = False
    """The connection's breaker is open: it is the connection that failed, not this effect."""

    def count(self, cause: str) -> int:
        """Times in a row that it ended by this cause. An outage is no strike."""
        if self.down:
            return self.strikes if cause == self.cause else 0
        return self.strikes + 1 if cause == self.cause else 1

    def tired(self, kind: type[ConnectorError], strikes: int) -> bool:
        """Whether it was tried often enough."""
        often = strikes >= STRIKES_MAX[kind] or self.attempts >= ATTEMPTS_MAX
        return often and not self.down


def backoff(strike: int, chance: random.Random) -> timedelta:
    """Exponential with full jitter: 0.5 s, 1 s, 2 s … at most 15 min, times 0.5 to 1."""
    doubled: timedelta = BACKOFF_FIRST * (1 << min(max(strike - 1, 0), 20))
    return min(doubled, BACKOFF_LAST) * (0.5 + chance.random() / 2)


def settle(
    tried: Tried, result: Observed | Failed | Conflicting | Absent, chance: random.Random
) -> Settlement:
    """Decide what follows from one result."""
    if isinstance(result, Observed):
        outcome = "adopted" if result.adopted else "observed"
        return Settlement("done", outcome, adopted=result.adopted)
    if isinstance(result, Absent):
        return Settlement("waiting", "absent", ready_at=tried.now, cause=RESTORED)
    if isinstance(result, Conflicting):
        return Settlement(
            "held", "conflict", code="conflict", hold_kind="held",
            error=f"something else stands under our key: {result.difference}",
            hold_fix="compare both and mend the outside system; "
            "then `crossdock holds release ID --as retry`",
        )  # fmt: skip
    return _after_error(tried, result.error, chance)


def _after_error(tried: Tried, error: ConnectorError, chance: random.Random) -> Settlement:
    code = error.code or _in_lower_case(type(error))
    if isinstance(error, Rejected):
        if tried.operation.others_wait or _nobody_would_know(tried.operation, code):
            return Settlement(
                "held", "rejected", code=code, error=error.reason, hold_kind="held",
                hold_fix=(error.remedy + "; " if error.remedy else "")
                + "then `crossdock holds release ID --as retry`",
            )  # fmt: skip
        return Settlement("rejected", "rejected", code=code, error=error.reason)
    kind = _kind_of(error)
    if kind is Ambiguous and tried.operation.grade is not Grade.READ:
        return after_unknown(tried, error.reason, chance)
    cause = _in_lower_case(kind)
    strikes = tried.count(cause)
    if tried.tired(kind, strikes):
        return _gave_up(tried, error.reason, error.remedy, code, cause)
    pause = timedelta(0) if tried.down else _pause(error, strikes, chance)
    return Settlement(
        "waiting", code, ready_at=tried.now + pause, code=code,
        error=error.reason, cause=cause, strikes=strikes,
    )  # fmt: skip


def _nobody_would_know(operation: Operation, code: str) -> bool:
    """An order that a listing showed and that we may not read is known to no process."""
    return operation.name == READ_ORDER and code != NOT_FOUND


def _pause(error: ConnectorError, strikes: int, chance: random.Random) -> timedelta:
    if isinstance(error, RateLimited):
        return error.retry_after * (1 + chance.random() / 4)
    if isinstance(error, NotAuthorised):
        return timedelta(minutes=1)
    return backoff(strikes, chance)


def _gave_up(tried: Tried, reason: str, remedy: str, code: str, cause: str) -> Settlement:
    return Settlement(
        "dead", "gave_up", code=code, error=f"{reason} (after {tried.attempts} attempts)",
        hold_kind="dead", cause=cause,
        hold_fix=(remedy + "; " if remedy else "") + "then `crossdock holds release ID --as retry`",
    )  # fmt: skip


def after_unknown(tried: Tried, reason: str, chance: random.Random) -> Settlement:
    """Promise P2: an unknown outcome is probed where a probe can tell, else it is a person's."""
    grade = tried.operation.grade
    strikes = tried.count(UNKNOWN)
    tired = tried.tired(Ambiguous, strikes)
    pause = backoff(strikes, chance) if strikes > 1 and not tried.down else timedelta(0)
    if grade is Grade.READ:
        if tired:
            return _gave_up(tried, reason, "", "unknown", UNKNOWN)
        return Settlement(
            "waiting", "unknown", ready_at=tried.now + pause, code="unknown", error=reason,
            cause=UNKNOWN, strikes=strikes,
        )  # fmt: skip
    if grade is Grade.D:
        return _held_unknown(reason)
    if grade is Grade.A and _key_forgotten(tried):
        return _held_unknown(f"{reason}; its idempotency key is older than the system remembers")
    if tired:
        return _held_unknown(f"{reason}; still unknown after {tried.attempts} attempts")
    ready_at = tried.now + pause
    if grade is Grade.C:
        lost_sight = max(tried.now, tried.may_run_until or tried.now)
        ready_at = max(ready_at, lost_sight + tried.operation.settle)
    return Settlement(
        "waiting", "unknown", must_probe=True, ready_at=ready_at, code="unknown", error=reason,
        cause=UNKNOWN, strikes=strikes,
    )  # fmt: skip


def _held_unknown(reason: str) -> Settlement:
    return Settlement(
        "held", "unknown", must_probe=True, code="unknown", error=reason, hold_kind="held",
        hold_fix=UNKNOWN_FIX, cause=UNKNOWN,
    )  # fmt: skip


def _key_forgotten(tried: Tried) -> bool:
    life = tried.operation.key_lifetime
    return (
        life is not None
        and tried.first_sent_at is not None
        and tried.now - tried.first_sent_at > life
    )


def _kind_of(error: ConnectorError) -> type[ConnectorError]:
    """The class of the table it belongs to; one that says nothing leaves the outcome unknown."""
    return next((kind for kind in STRIKES_MAX if isinstance(error, kind)), Ambiguous)


def _in_lower_case(kind: type[ConnectorError]) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


UNKNOWN = _in_lower_case(Ambiguous)
