"""Shipment → which quantities of which order lines leave, as bytes and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.mapping.sales_order import line_external_id, sanitised
from crossdock.domain.fulfilment import Shipment
from crossdock.ports.erp import ResolvedShipmentLine
from crossdock.ports.errors import Rejected


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """Quantity and lots in the order line's unit."""

    external_id: str
    product_id: int
    quantity: Decimal
    lots: Sequence[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class ShipmentRequest:
    """What left, of which order, and the name it has in Odoo."""

    order_external_id: str
    order_id: int | None
    marker: str
    """The external ids of the move lines that this shipment makes begin so."""
    tracking: str
    lines: Sequence[ShippedLine]

    def owns(self, external_id: str) -> bool:
        """Whether a move line is of this shipment."""
        return external_id.startswith(f"{self.marker}_p")

    @classmethod
    def from_bytes(cls, request: bytes) -> "ShipmentRequest":
        value = json.loads(request)
        lines = [
            ShippedLine(
                line["external_id"], line["product_id"], Decimal(line["quantity"]),
                [(lot, Decimal(quantity)) for lot, quantity in line["lots"]],
            )
            for line in value["lines"]
        ]  # fmt: skip
        order = value["order"]
        return cls(order["external_id"], order["id"], value["marker"], value["tracking"], lines)


def from_shipment(shipment: Shipment, resolved: Mapping[str, Any]) -> bytes:
    """`resolved` is a `ports.erp.ResolvedShipment`; parts of one line are summed.

    Raises Rejected for a quantity that is not above zero, and for lots that are not their line's.
    """
    lines: dict[str, dict[str, Any]] = {}
    for line in resolved["lines"]:
        _add(lines, line_external_id(resolved["order_external_id"], line["line_id"]), line)
    tracking = dict.fromkeys(p.tracking_number for p in shipment.parcels if p.tracking_number)
    external_id = resolved["order_external_id"]
    module = external_id.partition(".")[0]
    value = {
        "order": {"external_id": external_id, "id": resolved["order_id"]},
        "marker": f"{module}.shipment_{sanitised(shipment.shipment_id)}",
        "tracking": ", ".join(tracking),
        "lines": [{**line, "quantity": str(line["quantity"])} for line in lines.values()],
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _add(lines: dict[str, dict[str, Any]], name: str, line: ResolvedShipmentLine) -> None:
    quantity = Decimal(line["quantity"])
    in_lots = sum((Decimal(amount) for _, amount in line["lots"]), Decimal(0))
    if quantity <= 0 or (line["lots"] and in_lots != quantity):
        raise Rejected(
            f"line {line['line_id']}: {quantity} shipped, {in_lots} of it in lots",
            field="quantity",
            remedy="correct the shipment at the warehouse: more than zero, and all of it in lots",
            code="quantity",
        )
    stands = lines.setdefault(
        name, {"external_id": name, "product_id": line["product_id"], "quantity": 0, "lots": []}
    )
    stands["quantity"] += quantity
    stands["lots"] += [[lot, str(amount)] for lot, amount in line["lots"]]
