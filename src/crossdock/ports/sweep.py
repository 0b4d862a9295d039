"""What a sweep brings back, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.ports.message import Arrival


@dataclass(frozen=True, slots=True)
class ProjectionRow:
    """One record of a projection: reference data another system owns."""

    external_id: str
    data: Mapping[str, Any]
    """JSON-able."""
    lookup: tuple[str, ...] = ()
    """Keys it can be found by, each `scheme:value` (`sku:A-1`, `email:a@b.example`)."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record a cheap listing named: read in full only when this version of it is not known."""

    work_key: str
    version: str
    """As `MessageIdentity.version`."""
    external_id: str
    """By which the connector's `read_order` finds it."""
    total: str | None = None
    """A decimal string: a known version whose total differs is read again all the same."""
    cancelled: bool | None = None
    """Likewise when it is cancelled and the known version is not: versions that are instants do not
    tell apart two changes of one second."""


@dataclass(frozen=True, slots=True)
class SweepPage:
    """One page of a stream. The cursor is committed together with what the page brought."""

    cursor: str
    """Where to go on: text that sorts as the stream's order does, never moving backwards."""
    arrivals: tuple[Arrival, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    rows: tuple[ProjectionRow, ...] = ()
    last: bool = False
    full: bool = False
    """On the last page of a projection read from its beginning: rows not seen are gone."""
