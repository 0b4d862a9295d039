"""Goods with stock, orders that wait for delivery, and shipments of them, in a real Odoo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock.domain.fulfilment import Parcel, Shipment, WarehouseLine
from crossdock.domain.quantity import Quantity
from crossdock.ports.effect import Absent, EffectToSend, Failed, Observed, Outcome, ProbeResult
from crossdock.ports.erp import CONFIRM_SALES_ORDER, SHIP_SALES_ORDER
from crossdock.ports.errors import Ambiguous, Unavailable
from tests.live.odoo.conftest import LiveHouse

STATES = ["name", "state", "picking_type_code", "carrier_tracking_ref", "backorder_id"]


@dataclass(slots=True)
class Dock:
    """A house with goods on its shelves."""

    house: LiveHouse

    def goods(self, stock: int = 0, location: int = 0, **values: Any) -> int:
        """A product of this run with an inventory count."""
        odoo = self.house.odoo
        product = odoo.create(
            "product.product",
            {"name": f"{odoo.prefix} box", "type": "consu", "is_storable": True,
             "invoice_policy": "delivery", **values},
        )  # fmt: skip
        if stock:
            self.count(product, stock, location)
        return product

    def count(self, product: int, quantity: int, location: int = 0, lot: int = 0) -> None:
        odoo = self.house.odoo
        if not location:
            (warehouse, *_) = odoo.find("stock.warehouse", [], ["lot_stock_id"])
            location = warehouse["lot_stock_id"]
        values = {"product_id": product, "location_id": location, "inventory_quantity": quantity}
        if lot:
            values["lot_id"] = lot
        (quant,) = odoo.call(
            "stock.quant", "create", vals_list=[values], context={"inventory_mode": True}
        )
        odoo.call("stock.quant", "action_apply_inventory", ids=[quant])

    def ordered(self, reference: str, product: int, quantity: str = "10", **changes: Any) -> int:
        """A confirmed order of one line of goods and one charge; returns its id."""
        order = self.house.drafted(
            reference, product=product, quantity=quantity, price="10", taxes=(), **changes
        )
        seen(self.house.connector.deliver([self.house.command(CONFIRM_SALES_ORDER, reference)])[0])
        return int(order["id"])

    def shipment(
        self, reference: str, name: str, quantity: str, product: int,
        lots: Sequence[tuple[str, str]] = (), order_id: int | None = None,
    ) -> EffectToSend:  # fmt: skip
        line = WarehouseLine(
            line_id="1", sku="x", quantity=Quantity(amount=Decimal(quantity), unit="EA")
        )
        shipment = Shipment(
            shipment_id=f"{self.house.odoo.prefix}/{reference}/{name}",
            order_reference=reference, shipped_at=datetime(2026, 11, 21, tzinfo=UTC),
            lines=(line,),
            parcels=(
                Parcel(parcel_id="1", tracking_number=f"T-{name}"),
                Parcel(parcel_id="2", tracking_number=f"U-{name}"),
            ),
        )  # fmt: skip
        resolved = {
            "order_external_id": self.house.external_id(reference), "order_id": order_id,
            "lines": [{"line_id": "1", "product_id": product, "quantity": quantity,
                       "lots": list(lots)}],
        }  # fmt: skip
        request = self.house.connector.prepare(SHIP_SALES_ORDER, shipment, resolved)
        return EffectToSend(f"ship:{reference}:{name}", SHIP_SALES_ORDER, reference, request, 1)

    def pickings(self, order_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.house.odoo.find(
            "stock.picking", [["sale_id", "=", order_id]], STATES
        )
        return found

    def left(self, order_id: int) -> float:
        """What has left for the customer, by the moves themselves."""
        domain = [["picking_id.sale_id", "=", order_id], ["state", "=", "done"],
                  ["picking_id.picking_type_code", "=", "outgoing"]]  # fmt: skip
        moves = self.house.odoo.find("stock.move", domain, ["quantity"])
        return float(sum(move["quantity"] for move in moves))

    def on_hand(self, product: int) -> tuple[float, float]:
        """Quantity and reserved quantity in stock."""
        domain = [["product_id", "=", product], ["location_id.usage", "=", "internal"]]
        quants = self.house.odoo.find("stock.quant", domain, ["quantity", "reserved_quantity"])
        return sum(q["quantity"] for q in quants), sum(q["reserved_quantity"] for q in quants)

    def invoices(self, order_id: int) -> list[dict[str, Any]]:
        (order,) = self.house.odoo.find("sale.order", [["id", "=", order_id]], ["invoice_ids"])
        found: list[dict[str, Any]] = self.house.odoo.find(
            "account.move", [["id", "in", order["invoice_ids"]]], ["name", "state", "amount_total"]
        )
        return found

    def until_observed(self, connector: Any, effect: EffectToSend) -> tuple[Observed, int]:
        """As the engine does it: probe what is ambiguous, send again what is absent."""
        outcome: Outcome | ProbeResult
        (outcome,) = connector.deliver([effect])
        struck = 0
        while not isinstance(outcome, Observed):
            if isinstance(outcome, Failed):
                assert isinstance(outcome.error, Ambiguous | Unavailable), vars(outcome.error)
                struck += 1
            (outcome,) = connector.probe([effect])
            if isinstance(outcome, Absent):
                (outcome,) = connector.deliver([effect])
        return outcome, struck


def seen(outcome: Outcome | ProbeResult) -> Mapping[str, Any]:
    assert isinstance(outcome, Observed), getattr(outcome, "error", outcome)
    return outcome.observation
