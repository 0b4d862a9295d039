from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossdock.connectors.odoo import connector
from crossdock.connectors.odoo.connector import OdooConnector
from crossdock.connectors.odoo.twin import DATABASE, KEY, OdooTwin
from crossdock.connectors.odoo.twin.writing import create
from crossdock.domain.money import Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import Charge, ChargeKind, OrderLine, SalesOrder
from crossdock.ports.capabilities import Connection
from crossdock.ports.effect import EffectToSend
from crossdock.ports.erp import CREATE_SALES_ORDER, OrderCommand
from crossdock.testing.twin_server import TwinServer

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class House:
    """A twin that runs, with a customer, goods and services, and the connector to it."""

    def __init__(self, server: TwinServer[OdooTwin]) -> None:
        self.server = server
        self.twin = server.twin
        database = self.twin.database
        (self.partner,) = create(database, "res.partner", [{"name": "Acme", "type": "contact"}])
        self.product, self.other, self.shipping, self.discount = create(
            database,
            "product.product",
            [
                {"name": "Widget", "default_code": "W-1"},
                {"name": "Gadget", "default_code": "G-1"},
                {"name": "Shipping", "default_code": "SHIPPING", "type": "service"},
                {"name": "Discount", "default_code": "DISCOUNT", "type": "service"},
            ],
        )
        self.twin.log.reset()
        self.connector = make_connector(server.url)

    def orders(self) -> list[dict[str, Any]]:
        return list(self.twin.database.tables["sale.order"].values())

    def created(self) -> list[str]:
        """External ids of the orders created, by the twin's own log."""
        return self.twin.log.keys("sale.order")

    def create(self, reference: str, **changes: Any) -> EffectToSend:
        return EffectToSend(
            f"create:{reference}",
            CREATE_SALES_ORDER,
            reference,
            self.request(reference, **changes),
            1,
        )

    def request(
        self, reference: str, *, price: str = "9.99", quantity: str = "3", allowance: str = "0",
        product: int | None = None, partner: dict[str, Any] | None = None,
        taxes: tuple[int, ...] = (1,), discount: bool = True,
    ) -> bytes:  # fmt: skip
        order = SalesOrder(
            reference=reference, reference_is_buyers=True, placed_at=NOW, currency="USD",
            prices_include_tax=False, buyer=Party(name="Acme"),
            lines=(
                OrderLine(
                    line_id="1", product=ProductReference(identifiers=()),
                    quantity=Quantity(amount=Decimal(quantity), unit="EA"),
                    unit_price=Decimal(price), allowance=Decimal(allowance),
                ),
            ),
            charges=(Charge(charge_id="s", kind=ChargeKind.SHIPPING, amount=Decimal(5)),),
            total=Money(amount=Decimal(1), currency="USD"),
        )  # fmt: skip
        reference_to = partner or {"id": self.partner}
        resolved = {
            "external_id": external_id(reference), "partner": reference_to, "ship_to": reference_to,
            "bill_to": reference_to, "origin": f"#{reference}",
            "lines": [{"line_id": "1", "product_id": product or self.product, "unit_id": 1,
                       "tax_ids": list(taxes)}],
            "charges": [{"charge_id": "s", "product_id": self.shipping, "tax_ids": []}],
            "discount_product_id": self.discount if discount else None,
        }  # fmt: skip
        return self.connector.prepare(CREATE_SALES_ORDER, order, resolved)

    def command(self, operation: str, reference: str, order_id: int | None = None) -> EffectToSend:
        command = OrderCommand(external_id=external_id(reference), id=order_id)
        request = self.connector.prepare(operation, command, {})
        return EffectToSend(f"{operation}:{reference}", operation, reference, request, 1)


def external_id(reference: str) -> str:
    return f"crossdock_shop.sales_order_{reference}"


def make_connector(url: str, **settings: str) -> OdooConnector:
    connection = Connection(
        1, 1, "odoo", "odoo",
        {"url": url, "database": DATABASE, **settings},
        {"key": (KEY,), "webhook_token": ("newest-secret", "secret-before")},
    )  # fmt: skip
    made = connector(connection)
    assert isinstance(made, OdooConnector)
    return made


@pytest.fixture
def server() -> Iterator[TwinServer[OdooTwin]]:
    with TwinServer(OdooTwin()) as running:
        yield running


@pytest.fixture
def house(server: TwinServer[OdooTwin]) -> Iterator[House]:
    made = House(server)
    yield made
    made.connector.close()
