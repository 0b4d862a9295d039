"""Outbound: operations with their grades, effects to send, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from crossdock.ports.errors import ConnectorError


class Grade(StrEnum):
    """How an outside system lets us know whether an effect took place (promise P2)."""

    READ = "read"
    """Reads only: may be repeated freely."""
    A = "A"
    """A native idempotency key, kept for `key_lifetime`."""
    B = "B"
    """A unique business reference the system itself enforces."""
    C = "C"
    """A search finds the effect, once `settle` has passed since the attempt."""
    D = "D"
    """Cannot be known: after an unknown outcome a person decides."""


class Lane(StrEnum):
    """Who waits for it. Lanes are served in this order."""

    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a connector can do to its system."""

    name: str
    grade: Grade
    batch_max: int = 1
    """Most effects one call carries."""
    timeout: timedelta = timedelta(seconds=60)
    """Longest one call may last; past it the outcome is unknown."""
    key_lifetime: timedelta | None = None
    """Grade A: how long the system remembers the key. None: for ever."""
    settle: timedelta = timedelta(0)
    """Grade C: how long a request of ours can still take effect after we lost sight of it."""
    cost: float = 1.0
    """Tokens of the connection's rate budget that one call takes."""
    others_wait: bool = False
    """Other effects wait for it by name: a refusal is held for a person, never just reported."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class EffectToSend:
    """An intent as the connector receives it. `request` is final: send it, never change it."""

    effect_key: str
    operation: str
    target_key: str
    request: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class Observed:
    """The effect stands in the outside system, as `observation` describes (JSON-able)."""

    effect_key: str
    observation: Mapping[str, Any] = field(default_factory=dict)
    adopted: bool = False
    """True when a probe found it after an attempt whose outcome had been unknown."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The effect did not take place (or, with Ambiguous, cannot be known yet)."""

    effect_key: str
    error: ConnectorError


@dataclass(frozen=True, slots=True)
class Absent:
    """A probe's answer: the effect is certainly not there."""

    effect_key: str


@dataclass(frozen=True, slots=True)
class Conflicting:
    """A probe's answer: something stands under our key, and it differs from the intent."""

    effect_key: str
    difference: str
    """In words: field, theirs, ours."""


Outcome = Observed | Failed
ProbeResult = Observed | Absent | Conflicting | Failed
