"""A person's word: what is decided, who says it, when and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Resolution(StrEnum):
    """What a person decides about a hold."""

    RETRY = "retry"
    DONE = "done"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word: who says it, when and why."""

    by: str
    now: datetime
    why: str = ""

    def refusal(self) -> str:
        """The reason a refused sender or process is told."""
        return self.why or f"refused by {self.by}"

    def deed(self) -> str:
        """What is noted of a thing done by hand."""
        return self.why or f"done by {self.by}"
