"""Faults on demand: which requests are struck, how, how often; seeded, counted."""

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class FaultKind(StrEnum):
    """What happens to the request that is struck."""

    RESET_BEFORE = "reset_before"
    """The connection is reset (RST); nothing was executed."""
    REPLY_LOST = "reply_lost"
    """Executed and committed, then the connection is closed without a reply."""
    SLOW_REPLY = "slow_reply"
    """Executed and committed at once, answered after `seconds`."""
    LATENCY = "latency"
    """Executed and answered after `seconds`."""
    RATE_LIMITED = "rate_limited"
    """Refused for pace: 429 with Retry-After, or as the vendor says it; nothing executed."""
    SERVER_ERROR = "server_error"
    """`status` (default 503) with a JSON body; nothing executed."""
    HTML_ERROR = "html_error"
    """`status` (default 502) with an HTML page, as proxies answer; nothing executed."""


@dataclass(slots=True)
class Fault:
    """A rule: strike requests whose operation matches, at a rate, at most `count` times."""

    kind: FaultKind
    rate: float = 1.0
    operations: tuple[str, ...] = ("*",)
    """Names or shell patterns of operations (`sale.order/load`, `*/load`)."""
    count: int | None = None
    """Strikes left; None: no limit."""
    seconds: float = 1.0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Fault":
        """Raises ValueError or TypeError when the rule cannot be understood."""
        known = dict(value)
        known["kind"] = FaultKind(known["kind"])
        known["operations"] = tuple(known.get("operations", ("*",)))
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value, "rate": self.rate, "operations": list(self.operations),
            "count": self.count, "seconds": self.seconds, "status": self.status,
            "headers": dict(self.headers),
        }  # fmt: skip


class FaultPlan:
    """The rules in force and what they struck. One seed gives one sequence of strikes."""

    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self.struck: Counter[str] = Counter()
        """By kind, and by `kind operation`."""
        self.seed(seed)

    def seed(self, seed: int) -> None:
        self._random = random.Random(seed)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def replace(self, faults: Sequence[Fault]) -> None:
        """Put other rules in force; the counters stay."""
        with self._lock:
            self._faults = list(faults)

    def clear(self) -> None:
        """No rules and no counts."""
        with self._lock:
            self._faults = []
            self.struck.clear()

    def strike(self, operation: str) -> Fault | None:
        """The fault for one request of the operation, or None; counts it."""
        with self._lock:
            for fault in self._faults:
                if self._hits(fault, operation):
                    if fault.count is not None:
                        fault.count -= 1
                    self.struck[fault.kind.value] += 1
                    self.struck[f"{fault.kind.value} {operation}"] += 1
                    return fault
        return None

    def _hits(self, fault: Fault, operation: str) -> bool:
        if fault.count is not None and fault.count <= 0:
            return False
        if not any(fnmatchcase(operation, pattern) for pattern in fault.operations):
            return False
        return fault.rate >= 1 or self._random.random() < fault.rate

    def to_json(self) -> dict[str, Any]:
        with self._lock:
            return {
                "faults": [fault.to_json() for fault in self._faults],
                "struck": dict(self.struck),
            }
