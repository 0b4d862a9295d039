"""How one API process receives."""

from dataclasses import dataclass, field

from crossdock.engine.group_commit import GroupLimits


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Limits of the HTTP edge."""

    head_bytes_max: int = 65_536
    """Request line and headers together; above it 431."""
    headers_max: int = 100
    """Their number; above it 431."""
    head_seconds_max: float = 10.0
    """From the first byte, or from the connection, to the end of the headers; then 408."""
    request_bytes_max: int = 100_000
    """The body of a request to any other route than the webhooks'; above it 413."""
    body_bytes_max: int = 5_000_000
    """Larger arrivals are answered 413; the sweep fetches their content."""
    body_seconds_max: float = 30.0
    """A sender that takes longer for one body is answered 408."""
    reading_bytes_max: int = 128_000_000
    """Of all bodies that are on their way at once; the next large one is answered 503."""
    commit_seconds_max: float = 10.0
    """An arrival whose commit takes longer is answered 503: its sender tries again."""
    waiting_max: int = 4_000
    """Arrivals that wait for their commit; above it 503."""
    waiting_bytes_max: int = 128_000_000
    """Likewise, by their bodies."""
    retry_after_seconds: int = 2
    group: GroupLimits = field(default_factory=GroupLimits)
    database_wait_seconds: float = 3.0
    """How long a request waits for a free session on the database before it is answered 503."""
