"""The places where a document or a message can be lost, each with whose it is and what mends it.

The order is that of causes: what is lost at one place shows at later ones too, and the first is the
one that is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where it was lost."""

    MESSAGE_MISSING = "message_missing"
    ARRIVAL_MISSING = "arrival_missing"
    DOCUMENT_MISSING = "document_missing"
    DOCUMENT_OLD = "document_old"
    UNDECIDED = "undecided"
    HOLD_GONE = "hold_gone"
    ABANDONED = "abandoned"
    EFFECT_UNMADE = "effect_unmade"
    OUTCOME_MISSING = "outcome_missing"
    EFFECT_MISSING = "effect_missing"
    STREAM_MISSING = "stream_missing"
    CURSOR_AHEAD = "cursor_ahead"
    SWEEP_BEHIND = "sweep_behind"
    REFUSED_AT_DOOR = "refused_at_door"
    PASSED_OVER = "passed_over"
    UNKNOWN_OUTSIDE = "unknown_outside"
    GONE_OUTSIDE = "gone_outside"
    CHANGED_OUTSIDE = "changed_outside"


NEVER_CAME = (
    Place.STREAM_MISSING, Place.CURSOR_AHEAD, Place.SWEEP_BEHIND, Place.REFUSED_AT_DOOR,
    Place.PASSED_OVER,
)  # fmt: skip
"""Before receipt."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What happened there, whose it is, and what mends it."""

    words: str
    remedy: str
    """With `{connection}` and `{work}` in it."""
    owner: str = "integration"

    def advice(self, connection: str, work_key: str) -> str:
        """What happened, and what mends it."""
        return f"{self.words}: {self.remedy.format(connection=connection, work=work_key)}"


BY_HAND = "find out who wrote to the database; "
RESWEEP = "`crossdock connections resweep {connection}` reads it again"

PLACES: Mapping[Place, Explained] = {
    Place.MESSAGE_MISSING: Explained(
        "it arrived and was logged, and its message is gone", BY_HAND + RESWEEP
    ),
    Place.ARRIVAL_MISSING: Explained(
        "its message is here, and its bytes are gone from the log of arrivals",
        BY_HAND + "restore the log from a backup to see what came",
    ),
    Place.UNDECIDED: Explained(
        "its message is marked as done, and nothing was decided about it",
        "`crossdock replay` the message: it is decided again",
    ),
    Place.HOLD_GONE: Explained(
        "a person's question was closed, and what it was about still stands still",
        "find in the audit who closed it; `crossdock replay` asks it again",
    ),
    Place.ABANDONED: Explained(
        "it is marked as being worked on, and nobody does",
        "start a worker: its watchdog takes it up; then close again",
    ),
    Place.DOCUMENT_MISSING: Explained(
        "it was decided, and its document is gone",
        BY_HAND + "restore it from a backup, or `crossdock replay` its messages",
    ),
    Place.DOCUMENT_OLD: Explained(
        "its document is older than what was decided about it",
        BY_HAND + "`crossdock replay` its messages since then",
    ),
    Place.EFFECT_MISSING: Explained(
        "it was decided, and the effect that follows is not there",
        "`crossdock orders timeline {work}` shows how far it came; `crossdock replay` the "
        "last of its messages",
    ),
    Place.EFFECT_UNMADE: Explained(
        "its effect is marked as done, and no attempt ever succeeded",
        "see what stands there, and bring it about by hand where it is missing",
    ),
    Place.OUTCOME_MISSING: Explained(
        "its effect took place, and its process never heard of it",
        "`crossdock orders timeline {work}` shows what it waits for; settle it by hand",
    ),
    Place.STREAM_MISSING: Explained(
        "it never came, and the sweep that should have found it does not exist",
        "restart a worker, which makes the stream anew; then " + RESWEEP,
    ),
    Place.CURSOR_AHEAD: Explained(
        "it never came, and the sweep's cursor stands further ahead than it can have read",
        RESWEEP,
    ),
    Place.SWEEP_BEHIND: Explained(
        "it never came, and the sweep has not read so far",
        "see in `crossdock status` why the sweep stands still; it is found when it goes on",
    ),
    Place.REFUSED_AT_DOOR: Explained(
        "it never came: arrivals were refused that day, and the sweep did not bring it",
        "correct the secret or the limit, then " + RESWEEP,
    ),
    Place.PASSED_OVER: Explained(
        "it never came, and the sweep has gone past it", RESWEEP
    ),
    Place.UNKNOWN_OUTSIDE: Explained(
        "it bears our name, and nothing here ever asked for it",
        "look at it in {connection}: another deployment may have made it",
    ),
    Place.GONE_OUTSIDE: Explained(
        "it stood there, and is gone", "ask in {connection} who removed it, before it is made anew"
    ),
    Place.CHANGED_OUTSIDE: Explained("both sides have it, and they differ", ""),
}  # fmt: skip
"""By place."""

ORDER = {place: number for number, place in enumerate(Place)}
