"""What goes wrong, where and when: drawn from the seed; each strike can be spared by its name."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from crossdock.rehearsal.sim.chance import Draws


class Kind(StrEnum):
    """A fault. Its place is in the name of each strike."""

    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_DOUBLED = "webhook_doubled"
    WEBHOOK_LATE = "webhook_late"
    ANSWER_LOST = "answer_lost"
    """A webhook was kept, its sender does not hear so."""
    RESET_BEFORE = "reset_before"
    REPLY_LOST = "reply_lost"
    EXECUTED_TWICE = "executed_twice"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    HANG = "hang"
    STORM = "storm"
    """A partner answers 429 or 5xx for a while."""
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a name
    KILLED = "killed"
    """A process dies before or after a statement or a call."""
    STALLED = "stalled"
    """A process stands still for longer than its leases."""
    SESSION_LOST = "session_lost"
    """The database session breaks before a statement."""
    COMMIT_UNHEARD = "commit_unheard"
    """Committed, and the session broke before the answer."""
    DATABASE_RESTARTED = "database_restarted"
    CLOCK_JUMPED = "clock_jumped"


RATES: Mapping[Kind, float] = {
    Kind.WEBHOOK_LOST: 0.10,
    Kind.WEBHOOK_DOUBLED: 0.15,
    Kind.WEBHOOK_LATE: 0.10,
    Kind.ANSWER_LOST: 0.05,
    Kind.RESET_BEFORE: 0.03,
    Kind.REPLY_LOST: 0.06,
    Kind.EXECUTED_TWICE: 0.03,
    Kind.RATE_LIMITED: 0.03,
    Kind.SERVER_ERROR: 0.03,
    Kind.HANG: 0.01,
    Kind.KILLED: 0.002,
    Kind.STALLED: 0.001,
    Kind.SESSION_LOST: 0.002,
    Kind.COMMIT_UNHEARD: 0.003,
}
"""Of each opportunity: a webhook, a call, a statement."""


@dataclass(slots=True)
class Faults:
    """Strikes by the seed's rates, but for the strikes named in `spared`."""

    seed: int
    rates: Mapping[Kind, float] = field(default_factory=lambda: RATES)
    spared: Set[str] = frozenset()
    """Names of strikes that do not happen: for shrinking a failure."""
    on: bool = True
    struck: Counter[Kind] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)
    _draws: Draws = field(init=False)

    def __post_init__(self) -> None:
        self._draws = Draws(self.seed)

    def strike(self, kind: Kind, place: str, weight: float = 1.0) -> bool:
        """Whether this fault strikes at this place now; a rare place may weigh more."""
        name, drawn = self._draws.of(f"{kind} {place}")
        if not self.on or drawn >= weight * self.rates.get(kind, 0.0):
            return False
        return self.record(kind, name)

    def record(self, kind: Kind, name: str) -> bool:
        """Count a strike; False when it is spared."""
        if name in self.spared:
            return False
        self.struck[kind] += 1
        self.names.append(name)
        return True

    def choose(self, question: str) -> float:
        """A number in [0, 1) for whatever else is drawn."""
        return self._draws.of(question)[1]
