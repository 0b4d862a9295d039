"""The answer of `connections check`."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """A failed check stops the connection from working; a warning will, one day."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing looked at: a right, a feature, a key's expiry, a clock."""

    name: str
    verdict: Verdict
    finding: str
    remedy: str = ""
