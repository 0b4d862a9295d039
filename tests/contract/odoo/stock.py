"""Shelves, transfers and orders of people in the twin, and what the stream stock says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.connector import OdooConnector
from crossdock.connectors.odoo.twin.sale_orders import action_confirm
from crossdock.connectors.odoo.twin.writing import create
from crossdock.domain.stock import StockLevel
from crossdock.engine.clock import ManualClock
from crossdock.ports.message import MessageIdentity
from tests.contract.odoo.conftest import House
from tests.contract.odoo.shipping import Dock

SUPPLIERS, CUSTOMERS, LOSS, STOCK, INPUT, OUTPUT, QUALITY = 1, 2, 3, 5, 6, 7, 9


def whole(*amounts: Decimal) -> list[int]:
    """Amounts as numbers that can be compared at a glance; each must be a whole one."""
    assert all(amount == int(amount) for amount in amounts), amounts
    return [int(amount) for amount in amounts]


@dataclass(slots=True)
class Shelves:
    """A house whose stock is swept."""

    house: House
    connector: OdooConnector
    clock: ManualClock
    cursor: str | None = None
    seen: list[MessageIdentity] = field(default_factory=list)

    @property
    def database(self) -> Any:
        return self.house.twin.database

    @property
    def dock(self) -> Dock:
        return Dock(self.house)

    def goods(self, sku: str = "BOX", stock: str = "0", **values: Any) -> int:
        kind = {"is_storable": True, "invoice_policy": "delivery", "taxes_id": []}
        vals = {"name": "Box", "default_code": sku, **kind, **values}
        (product,) = create(self.database, "product.product", [vals])
        if Decimal(stock):
            self.lay(int(product), stock)
        return int(product)

    def lay(self, product: int, quantity: str, location: int = STOCK) -> int:
        """A quant."""
        values = {"product_id": product, "location_id": location, "quantity": Decimal(quantity)}
        return int(self.database.insert("stock.quant", values)["id"])

    def move(
        self, product: int, quantity: str, source: int, target: int, **values: Any
    ) -> dict[str, Any]:
        """An open move in the product's unit."""
        made: dict[str, Any] = self.database.insert("stock.move", {
            "product_id": product, "product_uom": 1, "product_uom_qty": Decimal(quantity),
            "location_id": source, "location_dest_id": target, "state": "confirmed",
            "date": self.database.now(), **values,
        })  # fmt: skip
        return made

    def keyed_in(self, product: int, quantity: str, unit: int = 1) -> int:
        """An order that a person entered and confirmed; its id."""
        line = {"product_id": product, "product_uom_qty": Decimal(quantity), "product_uom_id": unit}
        order = {"partner_id": self.house.partner, "order_line": [[0, 0, line]]}
        (number,) = create(self.database, "sale.order", [order])
        action_confirm(self.database, [number])
        return number

    def swept(self) -> Iterator[Any]:
        """Arrivals of one sweep; the cursor moves on with each page."""
        for page in self.connector.sweep("stock", self.cursor, self.clock.now()):
            assert self.cursor is None or page.cursor >= self.cursor
            self.cursor = page.cursor
            yield from page.arrivals

    def levels(self) -> dict[tuple[str, str], StockLevel]:
        """What one sweep says, by warehouse and SKU; identities are in `seen`."""
        self.seen = []
        found = {}
        for arrival in self.swept():
            identity = self.connector.identify(arrival)
            assert isinstance(identity, MessageIdentity)
            level = self.connector.translate(identity.kind, arrival)
            assert isinstance(level, StockLevel)
            self.seen.append(identity)
            found[level.location, level.sku] = level
        return found

    def level(self, sku: str = "BOX", warehouse: str = "WH") -> StockLevel:
        return self.levels()[warehouse, sku]

    def keys(self) -> Sequence[str]:
        """Message keys of one sweep."""
        self.levels()
        return [identity.message_key for identity in self.seen]

    def quiet(self) -> None:
        """Time passes until nothing there is read again for what was done so far."""
        self.later(minutes=20)
        self.levels()
        assert not self.levels()

    def later(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))
