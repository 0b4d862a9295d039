"""A twin's own record of what was asked of it and what changed, independent of Crossdock."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the twin."""

    number: int
    at: str
    operation: str
    method: str
    path: str
    status: int
    """0: no reply was given."""
    fault: str
    """Kind of the fault that struck it, or empty."""
    effects: int
    """Effects it had."""
    seconds: float
    body: bytes = b""
    """Kept when the log is told to keep bodies."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One record created or changed."""

    number: int
    call: int
    kind: str
    """`created`, `changed`, `deleted`, or the vendor's word (`confirmed`, `cancelled`)."""
    record: str
    """Type of the record: `sale.order`."""
    key: str
    """Its business key: an external id, a reference."""
    data: Mapping[str, Any] = field(default_factory=dict)


class CallLog:
    """Calls and effects in the order in which they happened. Safe to read from other threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.keep_bodies = False
        self.calls: list[Call] = []
        self.effects: list[Effect] = []
        self.counts: Counter[str] = Counter()
        """Effects by `record kind`."""
        self._call = 0

    def begin(self) -> int:
        """A number for the call whose effects come next."""
        with self._lock:
            self._call += 1
            return self._call

    def effect(
        self, kind: str, record: str, key: str, data: Mapping[str, Any] | None = None,
        *, call: int | None = None,
    ) -> None:  # fmt: skip
        """Record an effect of the call that is being executed."""
        with self._lock:
            number = len(self.effects) + 1
            self.effects.append(Effect(number, call or self._call, kind, record, key, data or {}))
            self.counts[f"{record} {kind}"] += 1

    def append(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def reset(self) -> None:
        with self._lock:
            self.calls.clear()
            self.effects.clear()
            self.counts.clear()
            self._call = 0

    def keys(self, record: str, kind: str = "created") -> list[str]:
        """Business keys of the effects of one sort, in order, repeats included."""
        with self._lock:
            return [e.key for e in self.effects if e.record == record and e.kind == kind]

    def called(self, operation: str) -> list[Call]:
        """The calls of one operation."""
        with self._lock:
            return [call for call in self.calls if call.operation == operation]

    def calls_json(self, after: int, limit: int) -> dict[str, Any]:
        """Calls with a number above `after`, at most `limit`; counts by operation and status."""
        with self._lock:
            counts = Counter(f"{call.operation} {call.status}" for call in self.calls)
            chosen = [call for call in self.calls if call.number > after][:limit]
            count = len(self.calls)
        return {"count": count, "counts": counts, "calls": [_call_json(c) for c in chosen]}

    def effects_json(self, after: int, limit: int) -> dict[str, Any]:
        """Effects with a number above `after`, at most `limit`; counts by `record kind`."""
        with self._lock:
            chosen = self.effects[after : after + limit]
            return {
                "count": len(self.effects),
                "counts": dict(self.counts),
                "effects": [asdict(effect) for effect in chosen],
            }


def _call_json(call: Call) -> dict[str, Any]:
    return {**asdict(call), "body": call.body.decode("utf-8", "replace")}
