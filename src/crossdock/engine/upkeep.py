"""Upkeep: what a connection needs done from time to time, leased and scheduled as a stream is."""

from datetime import datetime, timedelta

import structlog

from crossdock.engine.registry import Attached
from crossdock.ports.capabilities import Maintains
from crossdock.ports.check import Verdict
from crossdock.ports.manifest import Stream

log = structlog.get_logger(__name__)

UPKEEP = Stream(
    name="upkeep",
    description="Webhook subscriptions are checked and re-armed",
    interval_min=timedelta(minutes=10),
    interval_max=timedelta(minutes=10),
    overlap=timedelta(0),
)


def streams_of(attached: Attached, public_url: str) -> tuple[Stream, ...]:
    """The manifest's streams, and the upkeep where a connector has one and our address is known."""
    streams = attached.manifest.streams
    if public_url and isinstance(attached.connector, Maintains):
        return (*streams, UPKEEP)
    return streams


def keep_up(attached: Attached, public_url: str, now: datetime) -> tuple[int, int]:
    """Let the connector mend what it can; returns how much it looked at and how much was amiss.

    Raises the connector's errors. Only for a worker that knows our own address.
    """
    connector = attached.connector
    if not isinstance(connector, Maintains):
        return 0, 0
    name = attached.connection.name
    results = connector.maintain(now, f"{public_url.rstrip('/')}/hooks/{name}")
    amiss = [r for r in results if r.verdict is not Verdict.OK]
    for result in amiss:
        log.warning("upkeep.mended", connection=name, what=result.name, finding=result.finding)
    return len(results), len(amiss)
