"""The sweep over orders: what changed since the cursor, oldest change first."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.identity import ORDERS_STREAM, SWEEP_TOPIC, version_text
from crossdock.connectors.shopify.orders import LINES_INSIDE, Node, node_bytes, with_all_lines
from crossdock.connectors.shopify.queries import SWEEP_ORDERS, Document
from crossdock.connectors.shopify.replies import MAX_COST_EXCEEDED
from crossdock.ports.errors import RateLimited, Rejected, Unavailable
from crossdock.ports.message import Arrival
from crossdock.ports.sweep import SweepPage

ORDERS_PER_PAGE = 4
"""With their first lines about 900 cost points; a query may ask for 1,000."""
OVERLAP = timedelta(minutes=10)
"""Longer than a change takes to become visible to searches, and than clocks differ."""
FIRST_START = timedelta(days=1)
WAIT_MAX = timedelta(seconds=30)
WAITS_MAX = 40


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
                remedy="reset the stream's cursor; the sweep then starts at start_from",
            )
        _instant(updated_at, "cursor")
        return cls(updated_at, int(order_id))


class OrderSweep:
    """Pages of orders. Stops waiting for the rate budget once it is closed."""

    def __init__(self, client: ShopifyClient, start_from: str) -> None:
        self._client = client
        self._start_from = start_from
        self._closing = threading.Event()

    def close(self) -> None:
        self._closing.set()

    def pages(self, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """From the cursor minus the overlap to the last change.

        The cursor never passes `now`: an order dated in the future does not hide later ones.
        """
        reached = OrderCursor.parse(cursor) if cursor else self._first(now)
        since = _instant(reached.updated_at, "cursor") - (OVERLAP if cursor else timedelta(0))
        horizon = OrderCursor(version_text(now))
        first, after = ORDERS_PER_PAGE, None
        while True:
            variables = {"first": first, "after": after, "lines": LINES_INSIDE,
                         "query": f"updated_at:>='{version_text(since)}'"}  # fmt: skip
            try:
                orders = self._run(SWEEP_ORDERS, variables)["orders"]
            except Rejected as error:
                if error.code != MAX_COST_EXCEEDED or first == 1:
                    raise
                first //= 2
                continue
            nodes: list[Node] = orders["nodes"]
            if nodes:
                reached = max(reached, min(_cursor_of(nodes[-1]), horizon))
            last = not orders["pageInfo"]["hasNextPage"]
            yield SweepPage(reached.text, tuple(self._arrivals(nodes)), last=last)
            if last:
                return
            after = orders["pageInfo"]["endCursor"]

    def _first(self, now: datetime) -> OrderCursor:
        if self._start_from:
            return OrderCursor(version_text(_instant(self._start_from, "start_from")))
        return OrderCursor(version_text(now - FIRST_START))

    def _arrivals(self, nodes: list[Node]) -> Iterator[Arrival]:
        """Orders that change while their lines are read are left to a later page: they come again."""
        for node in nodes:
            whole = with_all_lines(self, node)
            if whole is not None:
                yield Arrival(SWEEP_TOPIC, {}, node_bytes(whole))

    def run(self, document: Document, variables: Mapping[str, Any]) -> dict[str, Any]:
        """As the client's, but waiting for the rate budget."""
        return self._run(document, variables)

    def _run(self, document: Document, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Wait when the bucket is empty: a restart would read the overlap again and never end."""
        for _ in range(WAITS_MAX):
            try:
                return self._client.run(document, variables)
            except RateLimited as limited:
                wait = min(limited.retry_after, WAIT_MAX).total_seconds()
                if self._closing.wait(wait):
                    raise
        raise Unavailable(
            f"{document.name}: the rate budget stays used up",
            remedy="see what else spends this app's cost points",
        )


def _cursor_of(node: Node) -> OrderCursor:
    updated_at = version_text(_instant(node["updatedAt"], "updatedAt"))
    return OrderCursor(updated_at, int(node["legacyResourceId"]))


def _instant(text: object, field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        reason = f"{field} {str(text)[:40]!r} is not an ISO 8601 instant"
        raise Rejected(reason, field=field, remedy="write 2026-11-21T08:00:00Z") from error
    if instant.tzinfo is None:
        raise Rejected(f"{field} has no UTC offset", field=field, remedy="add Z or +01:00")
    return instant
