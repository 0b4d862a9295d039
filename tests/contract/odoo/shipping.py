"""Orders in the twin that wait for delivery, and shipments of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.writing import create
from crossdock.domain.fulfilment import Parcel, Shipment, WarehouseLine
from crossdock.domain.quantity import Quantity
from crossdock.ports.effect import EffectToSend, Observed
from crossdock.ports.erp import CONFIRM_SALES_ORDER, SHIP_SALES_ORDER
from tests.contract.odoo.conftest import House, external_id


@dataclass(slots=True)
class Dock:
    """A house with goods on its shelves."""

    house: House

    def goods(self, stock: int = 0, **values: Any) -> int:
        database = self.house.twin.database
        kind = {"is_storable": True, "invoice_policy": "delivery", "taxes_id": []}
        (product,) = create(database, "product.product", [{"name": "Box", **kind, **values}])
        self.count(product, stock)
        return product

    def count(self, product: int, quantity: int, lot: str = "") -> None:
        database = self.house.twin.database
        lot_id: int | bool = False
        if lot:
            (lot_id,) = create(database, "stock.lot", [{"name": lot, "product_id": product}])
        values = {"product_id": product, "location_id": 5, "quantity": Decimal(quantity)}
        database.insert("stock.quant", {**values, "lot_id": lot_id})

    def ordered(self, reference: str, product: int, quantity: str = "10") -> int:
        """A confirmed order of one line of goods at 9.99 and one charge of 5."""
        connector = self.house.connector
        draft = self.house.create(reference, product=product, quantity=quantity, taxes=())
        order = int(seen(connector.deliver([draft])[0])["id"])
        seen(connector.deliver([self.house.command(CONFIRM_SALES_ORDER, reference, order)])[0])
        return order

    def shipment(
        self, reference: str, name: str, quantity: str, product: int,
        lots: Sequence[tuple[str, str]] = (), order_id: int | None = None,
        tracking: Sequence[str] = ("T1", "T2", "T1"),
    ) -> EffectToSend:  # fmt: skip
        amount = Quantity(amount=Decimal(quantity), unit="EA")
        parcels = tuple(
            Parcel(parcel_id=str(n), tracking_number=t) for n, t in enumerate(tracking, 1)
        )
        shipment = Shipment(
            shipment_id=f"{reference}/{name}", order_reference=reference,
            shipped_at=datetime(2026, 11, 21, tzinfo=UTC), parcels=parcels,
            lines=(WarehouseLine(line_id="1", sku="x", quantity=amount),),
        )  # fmt: skip
        resolved = {
            "order_external_id": external_id(reference), "order_id": order_id,
            "lines": [
                {"line_id": "1", "product_id": product, "quantity": quantity, "lots": list(lots)}
            ],
        }  # fmt: skip
        request = self.house.connector.prepare(SHIP_SALES_ORDER, shipment, resolved)
        return EffectToSend(f"ship:{reference}:{name}", SHIP_SALES_ORDER, reference, request, 1)

    def pickings(self, order: int) -> list[dict[str, Any]]:
        table = self.house.twin.database.tables["stock.picking"].values()
        return [picking for picking in table if picking["sale_id"] == order]

    def left(self, order: int) -> Decimal:
        """What has left for the customer, by the twin's own moves."""
        pickings = {p["id"] for p in self.pickings(order) if p["picking_type_code"] == "outgoing"}
        moves = self.house.twin.database.tables["stock.move"].values()
        gone = (m for m in moves if m["picking_id"] in pickings and m["state"] == "done")
        return sum((move["quantity"] for move in gone), Decimal(0))

    def on_hand(self, product: int) -> Decimal:
        quants = self.house.twin.database.tables["stock.quant"].values()
        here = (quant["quantity"] for quant in quants if quant["product_id"] == product)
        return sum(here, Decimal(0))

    def invoices(self) -> list[tuple[str, str]]:
        found = self.house.twin.database.tables["account.move"].values()
        return [(invoice["state"], str(invoice["amount_total"])) for invoice in found]

    def calls(self) -> list[str]:
        """Operations called since the log was reset."""
        return [call.operation for call in self.house.twin.log.calls]


def seen(outcome: object) -> dict[str, Any]:
    assert isinstance(outcome, Observed), getattr(outcome, "error", outcome)
    return dict(outcome.observation)
