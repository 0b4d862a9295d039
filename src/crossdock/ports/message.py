"""Inbound: what arrives, and how its sender identifies it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """How a type of message orders itself (promise P3)."""

    SNAPSHOT = "snapshot"
    """The whole state at a version: an older one is stale."""
    FACT = "fact"
    """Something that happened, with an id of its own: applied once, in any order."""


class Source(StrEnum):
    """By which door a message came."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    REREAD = "reread"
    OUTCOME = "outcome"
    """What an effect of ours turned out to be."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes and headers as they came. Header names are lower case."""

    topic: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class MessageIdentity:
    """What a message is and which thing it is about, read without understanding all of it."""

    kind: str
    """Inbound type as declared in the manifest: `shopify.order`."""
    message_key: str
    """Unique per connection: the source's own identity, plus a body hash where that is needed."""
    work_key: str
    """The thing it is about; messages with one work key are applied one at a time."""
    version: str | None = None
    """Snapshots only: text that sorts as the versions do (an instant in UTC, zero padded)."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A webhook without content of its own: the named sweep stream is due at once."""

    stream: str
