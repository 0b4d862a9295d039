"""Errors of connectors, named by what to do next.

ConnectorError
├── Unavailable     not reached, nothing happened: try again later
├── RateLimited     refused for pace, nothing happened: try again after `retry_after`
├── NotYet          the system is not ready for this (still processing): try again later
├── Ambiguous       the outcome is unknown: probe before anything else
├── Rejected        refused for its content: a person or the sender must change something
└── NotAuthorised   refused for who we are: nothing of this connection can work until mended
Unreadable          inbound bytes that cannot become a document
BadSignature        inbound bytes that nobody we know has signed
"""

from datetime import timedelta

UNSERVED = frozenset(
    {"not_reached", "no_reply", "502", "503", "504", "unavailable", "database_lost"}
)
"""Codes of failures in which the system itself gave no answer: not reached, no reply, a gateway
that speaks for it, or nothing behind it to serve anybody from."""
ROLLED_BACK = "serialization"
"""Code of a conflict with somebody else's transaction: the system answers, this one tries again."""


FAULT_LENGTH = 300
"""Characters of a fault's own words that are kept: enough to recognise it."""


def in_one_line(error: BaseException) -> str:
    """The type and the words of an error that nobody foresaw, as they fit a table."""
    words = " ".join(str(error).split())
    if len(words) > FAULT_LENGTH:
        words = f"{words[: FAULT_LENGTH - 1]}…"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


class ConnectorError(Exception):
    """A call to an outside system failed. The subclass says what to do next."""

    def __init__(self, reason: str, *, remedy: str = "", code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.code = code


class Unavailable(ConnectorError):
    """Not reached or not served; certainly nothing happened there."""


class RateLimited(ConnectorError):
    """Too fast or over quota; certainly nothing happened there."""

    def __init__(self, reason: str, *, retry_after: timedelta, remedy: str = "") -> None:
        super().__init__(reason, remedy=remedy, code="rate_limited")
        self.retry_after = retry_after


class NotYet(ConnectorError):
    """The system answers that it cannot do this yet; nothing happened there."""


class Ambiguous(ConnectorError):
    """The request may or may not have taken effect."""


class Rejected(ConnectorError):
    """The content was refused; the same request will be refused again."""

    def __init__(self, reason: str, *, field: str = "", remedy: str = "", code: str = "") -> None:
        super().__init__(reason, remedy=remedy, code=code)
        self.field = field


class NotAuthorised(ConnectorError):
    """The credentials are missing, expired, or lack a right."""


class Unreadable(Exception):
    """Inbound content that cannot become a canonical document."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.remedy = remedy


class BadSignature(Exception):
    """The signature is missing or matches none of the connection's secrets."""
