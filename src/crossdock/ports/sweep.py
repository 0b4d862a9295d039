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
class SweepPage:
    """One page of a stream. The cursor is committed together with what the page brought."""

    cursor: str
    """Where to go on: text that sorts as the stream's order does, never moving backwards."""
    arrivals: tuple[Arrival, ...] = ()
    rows: tuple[ProjectionRow, ...] = ()
    last: bool = False
    full: bool = False
    """On the last page of a projection read from its beginning: rows not seen are gone."""
