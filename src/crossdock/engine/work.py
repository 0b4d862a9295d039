"""One message as the apply stage works on it, from claim to end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from crossdock.domain.model import CanonicalModel
from crossdock.engine.registry import Attached
from crossdock.engine.use_case import Context, Decision, DocumentState, EffectDraft, Need, UseCase
from crossdock.ports.errors import Rejected, Unreadable
from crossdock.ports.message import Arrival, MessageIdentity, Shape, Source

WorkKey = tuple[int, str]
"""Company and work key: what a lease is on."""


class Claimed(NamedTuple):
    """A row of `claim_messages`."""

    message_id: int
    company_id: int
    connection_id: int
    message_key: str
    kind: str
    work_key: str
    version: str | None
    source: str
    lane: int
    received_at: datetime
    delivery_id: int
    attempts: int
    released: bool
    fence: int
    former: str | None = None
    """Replayed: how it had ended, as JSON."""


@dataclass(slots=True)
class StoredDocument:
    """A document's row, as read and as it will be written back."""

    document_type: str
    connection_id: int
    state: DocumentState
    source_version: str | None
    source_digest: str | None
    source_message: int | None
    changed: bool = False


class PreparedEffect(NamedTuple):
    """An effect with its final bytes and the connection it goes to."""

    connection_id: int
    draft: EffectDraft
    request: bytes
    refusal: Rejected | None = None
    """Why it cannot be expressed: it is written as refused, and never sent."""


@dataclass(slots=True)
class Work:
    """A claimed message with everything that is found out about it."""

    claimed: Claimed
    attached: Attached
    arrival: Arrival
    shape: Shape
    document: CanonicalModel | None = None
    digest: str | None = None
    failure: Unreadable | None = None
    """Why its content cannot become a document."""
    fault: str | None = None
    """What went wrong in our own code while it was translated."""
    identified: MessageIdentity | None = None
    """What it turned out to be: kept as unreadable, it was identified anew."""
    use_case: UseCase | None = None
    asked: set[Need] = field(default_factory=set)
    granted: dict[Need, Any] = field(default_factory=dict)
    decision: Decision | None = None
    prepared: Sequence[PreparedEffect] | None = None
    """The decision's effects as they will be sent, until they are written."""
    unchanged: bool = False
    """Replayed, and nothing follows from it anew."""

    @property
    def key(self) -> WorkKey:
        return (self.claimed.company_id, self.claimed.work_key)

    def start_over(self) -> None:
        """Forget what was asked and decided: its transaction was rolled back."""
        self.asked.clear()
        self.granted.clear()
        self.decision = self.prepared = None
        self.unchanged = False

    @property
    def source(self) -> Source:
        return Source(self.claimed.source)

    def context(self, now: datetime) -> Context:
        connection = self.attached.connection
        return Context(
            now=now,
            company_id=self.claimed.company_id,
            connection=connection.name,
            settings=connection.settings,
            work_key=self.claimed.work_key,
            message_id=self.claimed.message_id,
            received_at=self.claimed.received_at,
            source=self.source,
            released=self.claimed.released,
        )
