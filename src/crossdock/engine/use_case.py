"""What a process gives the engine to run: `needs`, then `decide`, both pure.

The engine looks up or claims what `needs` names, in sorted order and in one transaction with
everything that `decide` answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field

from crossdock.domain.model import CanonicalModel
from crossdock.domain.money import Money
from crossdock.ports.effect import Lane
from crossdock.ports.message import Source


class Need(NamedTuple):
    """Something a decision rests on, answered by the resolver registered for its kind."""

    kind: str
    scope: str
    key: str


Granted = Mapping[Need, Any]


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A process's state of one document, as stored."""

    status: str
    data: bytes
    """The process's own model as JSON."""
    document_id: str | None = None
    postings: Mapping[str, Any] = field(default_factory=dict)
    """What ledgers keep of this document, by ledger: whole, in the place of what they had kept
    of it before. Given by who decides; a state that was read from the store has none."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know besides the document: who sent it, when, and the policy in force."""

    now: datetime
    company_id: int
    connection: str
    """Name of the connection the message came by."""
    settings: Mapping[str, str]
    work_key: str
    message_id: int
    received_at: datetime
    source: Source
    released: bool = False
    """A person let it go after it was held."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact to record: `sales_order.placed` with its data (JSON-able)."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EffectDraft:
    """An effect to perform. Its bytes are made from `document` before it is written."""

    connection: str
    operation: str
    effect_key: str
    target_key: str
    document: CanonicalModel
    resolved: Mapping[str, Any] = field(default_factory=dict)
    after_key: str | None = None
    """Not before that effect (same connection) is done."""
    lane: Lane = Lane.NORMAL
    not_before: datetime | None = None
    """Not sent before this instant; until it is begun it can be withdrawn. What comes later for the
    same target waits behind it."""
    apart: bool = False
    """The decision stands without it: where its connector cannot express it, it alone is refused,
    and its process hears so as it hears of any refusal."""


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """A person must decide: what is wrong, where, and which command or change mends it."""

    code: str
    reason: str
    fix: str
    field: str = ""
    need: str | None = None
    """Released by itself when this is met: `sku:<connection>:<code>`."""
    candidates: Need | None = None
    """A need whose answer is a list of suggestions, looked up only for held documents."""
    value: Money | None = None
    owner: str = "order_desk"


class End(StrEnum):
    """How a message ends (promise P4)."""

    DONE = "done"
    DUPLICATE = "duplicate"
    STALE = "stale"
    REJECTED = "rejected"
    HELD = "held"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from one message, written in one transaction."""

    end: End = End.DONE
    code: str = ""
    detail: str = ""
    state: DocumentState | None = None
    """None leaves the document's state as it is."""
    events: Sequence[Event] = ()
    effects: Sequence[EffectDraft] = ()
    aliases: Sequence[str] = ()
    holds: Sequence[HoldDraft] = ()
    """With End.HELD: why. The first is the one shown; all of them must be mended."""
    closes_holds: bool = False
    """Whether what was held about this work key is answered: the holds close, and the messages they
    are about end. Not those of effects, of unreadable or dead messages, nor of refused moves."""
    keeps_holds: Sequence[str] = ()
    """With `closes_holds`: codes of questions that are not answered by it."""
    wait_until: datetime | None = None
    """With End.WAIT: when to look again."""
    duplicate_of_work: str | None = None
    """With End.DUPLICATE: the work key that owns the identity."""


class NotAllowed(Exception):
    """A decision would move a document where its state machine has no arrow.

    The engine leaves the document as it is, records the refusal and asks a person.
    """


@dataclass(frozen=True, slots=True)
class UseCase:
    """One row of the routing table."""

    document_type: str
    """The type of document whose state this use case reads and writes."""
    needs: Callable[[Any, DocumentState | None, Context], Sequence[Need]]
    decide: Callable[[Any, DocumentState | None, Granted, Context], Decision | Sequence[Need]]
    """Answers a decision, or the further needs it must know first."""


def no_needs(_document: Any, _state: DocumentState | None, _context: Context) -> Sequence[Need]:
    """The needs of a use case that decides from its document and state alone."""
    return ()


class EffectOutcome(CanonicalModel):
    """What an effect turned out to be, as it re-enters: a fact about its work key."""

    effect_key: str
    operation: str
    status: str
    """observed | rejected"""
    adopted: bool = False
    observation: dict[str, Any] = Field(default_factory=dict)
    error_code: str = ""
    error_field: str = ""
    reason: str = ""
    remedy: str = ""


class ProjectedRecord(NamedTuple):
    """A projection's record as a resolver answers it."""

    external_id: str
    data: Mapping[str, Any]
