"""What a request leaves to Odoo's own ids: partners by external id, units, countries and states."""

from collections.abc import Mapping

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import find_external_id
from crossdock.connectors.odoo.mapping.order_request import (
    BILL_TO,
    LINE_PRODUCT,
    LINE_UNIT,
    PARTNER,
    SHIP_TO,
    LoadRequest,
)
from crossdock.connectors.odoo.mapping.party import COUNTRY, PARENT, STATE
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.ports.errors import Rejected

REFERENCES: Mapping[str, str] = {
    f"{field}/id": f"{field}/.id" for field in (PARTNER, SHIP_TO, BILL_TO, PARENT)
}
"""Columns of external ids, which Odoo would resolve from a cache that may be wrong."""


class RequestCompletion:
    """Puts database ids where a prepared request could not know them."""

    def __init__(self, client: OdooClient, reference_data: ReferenceData) -> None:
        self._client = client
        self._reference_data = reference_data

    def complete(self, request: LoadRequest) -> LoadRequest:
        """Raises Rejected for a partner, product, country or state that Odoo does not have."""
        for column, by_id in REFERENCES.items():
            if external_id := request.cell(column):
                found = str(self._partner(column, external_id))
                cells = [found if cell else "" for cell in request.column(column)]
                request = request.replaced(column, cells).renamed(column, by_id)
        for column in (COUNTRY, STATE):
            if code := request.cell(column):
                request = request.replaced(column, [str(self._reference_data.region_id(code))])
        return self._with_units(request)

    def _partner(self, column: str, external_id: str) -> int:
        found = find_external_id(self._client, "res.partner", external_id)
        if found is None:
            raise Rejected(
                f"Odoo has no partner {external_id}",
                field=column.partition("/")[0],
                remedy="see in Odoo who deleted it, then release the order",
                code="missing",
            )
        return found

    def _with_units(self, request: LoadRequest) -> LoadRequest:
        """Charges and discounts are booked in their product's own unit."""
        if LINE_UNIT not in request.fields:
            return request
        cells = request.column(LINE_UNIT)
        products = [int(product) for product in request.column(LINE_PRODUCT)]
        bare = [product for product, cell in zip(products, cells, strict=True) if not cell]
        if not bare:
            return request
        units = self._reference_data.product_units(bare)
        own = zip(products, cells, strict=True)
        return request.replaced(LINE_UNIT, [cell or str(units[product]) for product, cell in own])
