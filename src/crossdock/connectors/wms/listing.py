"""What the warehouse lists for the close."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from crossdock.connectors.wms.client import ORDERS, WmsClient
from crossdock.connectors.wms.contract.fulfilment_orders import (
    FulfilmentOrderPage,
    FulfilmentOrderState,
)
from crossdock.connectors.wms.fulfilment_orders import read_state
from crossdock.connectors.wms.mapping import to_listed_order, to_listed_shipment
from crossdock.ports.errors import Rejected, Unavailable
from crossdock.ports.listing import Listed, ListedKind, Sought

ORDERS_PER_PAGE = 200
KINDS = (ListedKind.ORDER, ListedKind.SHIPMENT)


def list_documents(
    client: WmsClient, kind: ListedKind, since: datetime, until: datetime
) -> Iterator[Listed]:
    """Fulfilment orders received in [since, until), as orders or as what was shipped of them."""
    _require_listed(kind)
    query = {
        "since": since.astimezone(UTC).isoformat(),
        "until": until.astimezone(UTC).isoformat(),
        "limit": str(ORDERS_PER_PAGE),
    }
    while True:
        page = client.read(FulfilmentOrderPage, ORDERS, query)
        for state in page.fulfilment_orders:
            yield from _listed(kind, state)
        if not page.more:
            return
        if page.cursor == query.get("after", ""):
            raise Unavailable(f"GET {ORDERS}: more is announced, but the cursor stays")
        if not page.fulfilment_orders:
            raise Unavailable(f"GET {ORDERS}: more is announced, but the page is empty")
        query = {**query, "after": page.cursor}


def find_documents(
    client: WmsClient, kind: ListedKind, sought: Sequence[Sought]
) -> Iterator[Listed]:
    """The fulfilment orders of these ids that the warehouse has, each read by itself."""
    _require_listed(kind)
    for one in sought:
        state = read_state(client, one.key)
        if state is not None:
            yield from _listed(kind, state)


def _require_listed(kind: ListedKind) -> None:
    if kind not in KINDS:
        raise Rejected(f"a warehouse lists no {kind}", field="kind", remedy=f"ask for {KINDS}")


def _listed(kind: ListedKind, state: FulfilmentOrderState) -> Iterator[Listed]:
    listed = (to_listed_order if kind is ListedKind.ORDER else to_listed_shipment)(state)
    if listed is not None:
        yield listed
