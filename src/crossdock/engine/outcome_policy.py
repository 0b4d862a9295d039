"""What becomes of an effect after a call: error class and grade decide, as a table.

    error           sent again?      how                                       gives up
    Unavailable     yes              backoff with jitter                       dead after 100 attempts
    RateLimited     yes              after what the system said                dead after 200
    NotYet          yes              backoff with jitter                       dead after 100
    NotAuthorised   yes, slowly      once a minute; the connection is held     dead after 1000
    Ambiguous       A B C: probed    C only once it has settled                held after 20
                    D: never         a person decides
    Rejected        no               the process hears it
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.ports.effect import Conflicting, Failed, Grade, Observed, Operation
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
ATTEMPTS_MAX: dict[type[ConnectorError], int] = {
    Unavailable: 100,
    RateLimited: 200,
    NotYet: 100,
    NotAuthorised: 1000,
    Ambiguous: 20,
}
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


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of the attempt that just ended."""

    operation: Operation
    attempts: int
    first_sent_at: datetime | None
    now: datetime


def backoff(attempt: int, chance: random.Random) -> timedelta:
    """Exponential with full jitter: 0.5 s, 1 s, 2 s … at most 15 min, times 0.5 to 1."""
    doubled: timedelta = BACKOFF_FIRST * (1 << min(max(attempt - 1, 0), 20))
    return min(doubled, BACKOFF_LAST) * (0.5 + chance.random() / 2)


def settle(tried: Tried, result: Observed | Failed | Conflicting, chance: random.Random) -> Settlement:
    """Decide what follows from one result."""
    if isinstance(result, Observed):
        outcome = "adopted" if result.adopted else "observed"
        return Settlement("done", outcome, adopted=result.adopted)
    if isinstance(result, Conflicting):
        return Settlement(
            "held", "conflict", code="conflict", hold_kind="held",
            error=f"something else stands under our key: {result.difference}",
            hold_fix="compare both, mend the outside system, then `crossdock holds release ID --as retry`",
        )  # fmt: skip
    return _after_error(tried, result.error, chance)


def _after_error(tried: Tried, error: ConnectorError, chance: random.Random) -> Settlement:
    code = error.code or _code_of(error)
    if isinstance(error, Rejected):
        if tried.operation.others_wait:
            return Settlement(
                "held", "rejected", code=code, error=error.reason, hold_kind="held",
                hold_fix=(error.remedy + "; " if error.remedy else "")
                + "then `crossdock holds release ID --as retry`",
            )  # fmt: skip
        return Settlement("rejected", "rejected", code=code, error=error.reason)
    if isinstance(error, Ambiguous) and tried.operation.grade is not Grade.READ:
        return after_unknown(tried, error.reason, chance)
    limit = ATTEMPTS_MAX.get(type(error), 20)
    if tried.attempts >= limit:
        return Settlement(
            "dead", "gave_up", code=code, error=f"{error.reason} (after {tried.attempts} attempts)",
            hold_kind="dead", hold_fix=(error.remedy + "; " if error.remedy else "")
            + "then `crossdock holds release ID --as retry`",
        )  # fmt: skip
    if isinstance(error, RateLimited):
        pause = error.retry_after * (1 + chance.random() / 4)
    elif isinstance(error, NotAuthorised):
        pause = timedelta(minutes=1)
    else:
        pause = backoff(tried.attempts, chance)
    return Settlement("waiting", code, ready_at=tried.now + pause, code=code, error=error.reason)


def after_unknown(tried: Tried, reason: str, chance: random.Random) -> Settlement:
    """Promise P2: an unknown outcome is probed where a probe can tell, and else goes to a person."""
    grade = tried.operation.grade
    if grade is Grade.READ:
        return Settlement("waiting", "unknown", ready_at=tried.now, code="unknown", error=reason)
    if grade is Grade.D:
        return _held_unknown(reason)
    if grade is Grade.A and _key_forgotten(tried):
        return _held_unknown(f"{reason}; its idempotency key is older than the system remembers")
    if tried.attempts >= ATTEMPTS_MAX[Ambiguous]:
        return _held_unknown(f"{reason}; still unknown after {tried.attempts} attempts")
    pause = backoff(tried.attempts, chance) if tried.attempts > 1 else timedelta(0)
    if grade is Grade.C:
        pause = max(pause, tried.operation.settle)
    return Settlement(
        "waiting", "unknown", must_probe=True, ready_at=tried.now + pause, code="unknown", error=reason
    )


def _held_unknown(reason: str) -> Settlement:
    return Settlement(
        "held", "unknown", must_probe=True, code="unknown", error=reason, hold_kind="held", hold_fix=UNKNOWN_FIX
    )


def _key_forgotten(tried: Tried) -> bool:
    life = tried.operation.key_lifetime
    return (
        life is not None and tried.first_sent_at is not None and tried.now - tried.first_sent_at > life
    )


def _code_of(error: ConnectorError) -> str:
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
