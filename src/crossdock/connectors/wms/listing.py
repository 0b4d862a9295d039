"""What the warehouse lists for the close."""

from collections.abc import Iterator
from datetime import UTC, datetime

from crossdock.connectors.wms.client import ORDERS, WmsClient
from crossdock.connectors.wms.contract.fulfilment_orders import FulfilmentOrderPage
from crossdock.connectors.wms.mapping import to_listed_order, to_listed_shipment
from crossdock.ports.errors import Rejected, Unavailable
from crossdock.ports.listing import Listed, ListedKind

ORDERS_PER_PAGE = 200
KINDS = (ListedKind.ORDER, ListedKind.SHIPMENT)


def list_documents(
    client: WmsClient, kind: ListedKind, since: datetime, until: datetime
) -> Iterator[Listed]:
    """Fulfilment orders received in [since, until), as orders or as what was shipped of them."""
    if kind not in KINDS:
        raise Rejected(f"a warehouse lists no {kind}", field="kind", remedy=f"ask for {KINDS}")
    query = {
        "since": since.astimezone(UTC).isoformat(),
        "until": until.astimezone(UTC).isoformat(),
        "limit": str(ORDERS_PER_PAGE),
    }
    while True:
        page = client.read(FulfilmentOrderPage, ORDERS, query)
        for state in page.fulfilment_orders:
            listed = (to_listed_order if kind is ListedKind.ORDER else to_listed_shipment)(state)
            if listed is not None:
                yield listed
        if not page.more:
            return
        if page.cursor == query.get("after", ""):
            raise Unavailable(f"GET {ORDERS}: more is announced, but the cursor stays")
        query = {**query, "after": page.cursor}
