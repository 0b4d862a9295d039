"""The sweep over orders: which changed since the cursor, oldest change first.

It lists ids, versions, totals and cancellations only, because a whole order costs about forty
times as many points and nearly all of them came by webhook already. What is unknown is read one by
one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crossdock.connectors.shopify.identity import ORDERS_STREAM, version_text, work_key
from crossdock.connectors.shopify.orders import Run
from crossdock.connectors.shopify.queries import SWEEP_ORDERS
from crossdock.connectors.shopify.replies import MAX_COST_EXCEEDED, reading
from crossdock.ports.errors import Rejected
from crossdock.ports.sweep import Sighting, SweepPage

ORDERS_PER_PAGE = 100
"""About 300 cost points; a query may ask for 1,000."""
OVERLAP = timedelta(minutes=10)
"""Longer than a change takes to become visible to searches, and than clocks differ."""
FIRST_START = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class OrderCursor:
    """How far the sweep has come: an order's change and id. Its text sorts as it does."""

    updated_at: str
    """`2026-11-21T08:00:00.000000Z`"""
    order_id: int = 0

    @property
    def text(self) -> str:
        return f"{self.updated_at}|{self.order_id:020d}"

    @classmethod
    def parse(cls, text: str) -> "OrderCursor":
        """Raises Rejected for a text that is no cursor of this stream."""
        updated_at, _, order_id = text.partition("|")
        if not order_id.isdigit():
            raise Rejected(
                f"{text[:80]!r} is no cursor of the stream {ORDERS_STREAM}",
                field="cursor",
                remedy="`crossdock connections resweep` sets it back: it then starts at start_from",
            )
        to_instant(updated_at, "cursor")
        return cls(updated_at, int(order_id))


Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Page:
    nodes: list[Node]
    end: OrderCursor
    last: bool
    after: str | None


class OrderSweep:
    """Pages of orders. `run` waits for the rate budget."""

    def __init__(self, run: Run, connection: str, start_from: str) -> None:
        self._run = run
        self._connection = connection
        self._start_from = start_from

    def pages(self, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """From the cursor minus the overlap to the last change.

        The cursor never passes `now`: an order dated in the future does not hide later ones.
        """
        reached = OrderCursor.parse(cursor) if cursor else self._first(now)
        since = to_instant(reached.updated_at, "cursor") - (OVERLAP if cursor else timedelta(0))
        horizon = OrderCursor(version_text(now))
        size, after = ORDERS_PER_PAGE, None
        while True:
            try:
                page = self._page(since, size, after)
            except Rejected as error:
                if error.code != MAX_COST_EXCEEDED or size == 1:
                    raise
                size //= 2
                continue
            if page.nodes:
                reached = max(reached, min(page.end, horizon))
            yield SweepPage(
                reached.text, sightings=tuple(map(self._sighting, page.nodes)), last=page.last
            )
            if page.last:
                return
            after = page.after

    def _page(self, since: datetime, size: int, after: str | None) -> "_Page":
        query = f"updated_at:>='{version_text(since)}'"
        variables = {"first": size, "after": after, "query": query}
        data = self._run(SWEEP_ORDERS, variables)
        with reading(SWEEP_ORDERS):
            nodes, info = data["orders"]["nodes"], data["orders"]["pageInfo"]
            end = max((_cursor_of(node) for node in nodes), default=OrderCursor(""))
            return _Page(nodes, end, not info["hasNextPage"], info["endCursor"])

    def _first(self, now: datetime) -> OrderCursor:
        if self._start_from:
            return OrderCursor(version_text(to_instant(self._start_from, "start_from")))
        return OrderCursor(version_text(now - FIRST_START))

    def _sighting(self, node: Node) -> Sighting:
        with reading(SWEEP_ORDERS):
            order_id = int(node["legacyResourceId"])
            return Sighting(
                work_key=work_key(self._connection, order_id),
                version=_cursor_of(node).updated_at,
                external_id=str(order_id),
                total=str(node["currentTotalPriceSet"]["shopMoney"]["amount"]),
                cancelled=node["cancelledAt"] is not None,
            )


def _cursor_of(node: Node) -> OrderCursor:
    updated_at = version_text(to_instant(node["updatedAt"], "updatedAt"))
    return OrderCursor(updated_at, int(node["legacyResourceId"]))


def to_instant(text: object, field: str) -> datetime:
    """An instant with its offset. Raises Rejected, naming the field."""
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        reason = f"{field} {str(text)[:40]!r} is not an ISO 8601 instant"
        raise Rejected(reason, field=field, remedy="write 2026-11-21T08:00:00Z") from error
    if instant.tzinfo is None:
        raise Rejected(f"{field} has no UTC offset", field=field, remedy="add Z or +01:00")
    return instant
