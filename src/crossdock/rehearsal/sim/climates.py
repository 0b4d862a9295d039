"""Climates: mixtures of faults that a history is played in. A seed decides its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossdock.rehearsal.sim.faults import RATES, Kind


@dataclass(frozen=True, slots=True)
class Climate:
    """What is more frequent than on an ordinary day."""

    name: str
    what: str
    stands_for: str
    """Requirements and scenarios that ask for it."""
    changed: Mapping[Kind, float] = field(default_factory=dict)
    latency_seconds: float = 0.4
    """The longest a healthy call is under way, each direction."""
    restarts: int = 0
    """Of the database, besides the day's own."""

    @property
    def rates(self) -> Mapping[Kind, float]:
        """Of each opportunity."""
        return {**RATES, **self.changed}


ORDINARY = Climate("ordinary", "a little of everything", "T13, T14, T19, T23")
SPECIAL = (
    Climate("echoing", "most webhooks come two to five times, calls are executed twice",
            "R1, T3, T7", {Kind.WEBHOOK_DOUBLED: 0.8, Kind.EXECUTED_TWICE: 0.2}),
    Climate("silent", "webhooks are lost, the sweeps have to find everything",
            "T4, T21", {Kind.WEBHOOK_LOST: 0.9}),
    Climate("shuffled", "webhooks come late, doubled and in another order",
            "R2, T5", {Kind.WEBHOOK_LATE: 0.5, Kind.WEBHOOK_DOUBLED: 0.4}),
    Climate("unheard", "calls take effect and their replies are lost",
            "T6", {Kind.REPLY_LOST: 0.3, Kind.EXECUTED_TWICE: 0.1, Kind.COMMIT_UNHEARD: 0.01}),
    Climate("mortal", "processes die and stand still anywhere, answers are not heard",
            "A13, R11, T1", {Kind.KILLED: 0.01, Kind.STALLED: 0.004, Kind.ANSWER_LOST: 0.3}),
    Climate("torn", "database sessions break, the server restarts",
            "R11, R13, T24", {Kind.SESSION_LOST: 0.01, Kind.COMMIT_UNHEARD: 0.01}, restarts=3),
    Climate("rough", "calls take up to 2 s each way, one in twenty is reset, one loses its reply",
            "R15", {Kind.RESET_BEFORE: 0.05, Kind.REPLY_LOST: 0.05, Kind.HANG: 0.02},
            latency_seconds=2.0),
    Climate("refusing", "partners answer 429 and 5xx every other time",
            "R3, T20, T24, T25", {Kind.RATE_LIMITED: 0.25, Kind.SERVER_ERROR: 0.25}),
)  # fmt: skip
CLIMATES: Mapping[str, Climate] = {c.name: c for c in (ORDINARY, *SPECIAL)}


def climate_of(seed: int) -> Climate:
    """Half of the seeds are ordinary, the others take turns."""
    turn, special = divmod(seed, 2)
    return SPECIAL[turn % len(SPECIAL)] if special else ORDINARY
