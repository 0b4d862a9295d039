"""A shop on paper that lists its orders by change, for tests of the sweep."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crossdock.engine.registry import Attached
from crossdock.engine.sweep import SQL, Sweeper
from crossdock.ports.manifest import Manifest, Stream
from crossdock.ports.message import Arrival
from crossdock.ports.sweep import SweepPage
from tests.support.paper_connectors import SHOP, PaperShop, order_body
from tests.support.paper_house import PaperHouse

OVERLAP = 120
ORDERS = Stream(
    "orders",
    "orders by change",
    interval_min=timedelta(minutes=1),
    interval_max=timedelta(minutes=15),
    overlap=timedelta(seconds=OVERLAP),
)


class Killed(BaseException):
    """As good as kill -9: nothing after it runs."""


@dataclass
class ListedShop:
    """A shop that lists its orders by (second of change, id); rows may appear late in the past."""

    shop: PaperShop
    changes: list[tuple[int, int]] = field(default_factory=list)
    page_size: int = 3
    die_after_page: int | None = None
    error: Exception | None = None
    pages_read: int = 0
    cursors: list[str | None] = field(default_factory=list)
    during: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shop, name)

    @property
    def manifest(self) -> Manifest:
        return Manifest(**{**_fields(SHOP), "streams": (ORDERS,)})

    def authenticate(self, arrival: Arrival) -> None:
        """Everybody is welcome."""

    def identify(self, arrival: Arrival) -> Any:
        return self.shop.identify(arrival)

    def sweep(self, stream: str, cursor: str | None, now: Any) -> Iterator[SweepPage]:
        self.cursors.append(cursor)
        since = int(cursor.split("|")[0]) - OVERLAP if cursor else -1
        wanted = sorted(c for c in self.changes if c[0] >= since)
        pages = [wanted[i : i + self.page_size] for i in range(0, len(wanted), self.page_size)] or [
            []
        ]
        for number, page in enumerate(pages, 1):
            if self.error is not None:
                raise self.error
            if self.during is not None:
                self.during()
            last = f"{page[-1][0]:010d}|{page[-1][1]:010d}" if page else (cursor or "")
            arrivals = tuple(
                Arrival("orders", {}, json.dumps(order_body(i, version=t), sort_keys=True).encode())
                for t, i in page
            )
            yield SweepPage(last, arrivals, last=number == len(pages))
            self.pages_read += 1
            if self.pages_read == self.die_after_page:
                raise Killed


def _fields(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in manifest.__dataclass_fields__}


def list_orders(house: PaperHouse) -> ListedShop:
    """The house's shop, swept: its stream is due."""
    shop = ListedShop(house.shop)
    connection = house.shop.connection
    house.registry.attached[connection.connection_id] = Attached(connection, shop)
    with house.store.transaction() as tx:
        tx.run(
            SQL.ensure_stream,
            connection_id=connection.connection_id,
            company_id=1,
            stream="orders",
            projection=None,
            max_age=None,
            interval=60,
            now=house.clock.now(),
        )
    return shop


def sweeper(house: PaperHouse, worker: str = "w1") -> Sweeper:
    """The sweep stage of one worker."""
    return Sweeper(house.store, house.registry, house.clock, worker)


def stream(house: PaperHouse) -> Any:
    """The row of its stream."""
    return house.rows("SELECT * FROM stream WHERE stream = 'orders'")[0]
