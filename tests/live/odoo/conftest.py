"""A run's own customer and products in a real Odoo, under a unique prefix.

Skipped without CROSSDOCK_LIVE_ODOO_URL, _DB, _LOGIN and _KEY; what needs new taxes also wants
CROSSDOCK_LIVE_ODOO_ADMIN_KEY.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossdock.connectors.odoo.connector import OdooConnector
from crossdock.domain.money import Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import Charge, ChargeKind, OrderLine, SalesOrder
from crossdock.ports.effect import EffectToSend, Observed
from crossdock.ports.erp import CREATE_SALES_ORDER, OrderCommand
from tests.live.odoo.live_odoo import LiveOdoo, missing_variables


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if missing := missing_variables():
        skip = pytest.mark.skip(reason=f"no live Odoo: {', '.join(missing)} not set")
        for item in items:
            if "live/odoo" in item.path.as_posix():
                item.add_marker(skip)


@dataclass(slots=True)
class LiveHouse:
    """A real Odoo with records of this run, and the connector to it."""

    odoo: LiveOdoo
    connector: OdooConnector
    partner: int
    product: int
    service: int
    unit: int
    tax: int

    def external_id(self, reference: str) -> str:
        return f"crossdock_{self.odoo.prefix}.sales_order_{reference}"

    def create(
        self, reference: str, *, price: str = "9.99", quantity: str = "3", allowance: str = "0",
        product: int | None = None, taxes: tuple[int, ...] | None = None,
        partner: dict[str, Any] | None = None, includes_tax: bool = False,
    ) -> EffectToSend:  # fmt: skip
        order = SalesOrder(
            reference=f"{self.odoo.prefix}-{reference}", reference_is_buyers=True,
            placed_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC), currency="USD",
            prices_include_tax=includes_tax, buyer=Party(name="x"),
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
        chosen = (self.tax,) if taxes is None else taxes
        resolved = {
            "external_id": self.external_id(reference), "origin": f"#{reference}",
            "partner": reference_to, "ship_to": reference_to, "bill_to": reference_to,
            "lines": [{"line_id": "1", "product_id": product or self.product,
                       "unit_id": self.unit, "tax_ids": list(chosen)}],
            "charges": [{"charge_id": "s", "product_id": self.service, "tax_ids": []}],
            "discount_product_id": self.service,
        }  # fmt: skip
        request = self.connector.prepare(CREATE_SALES_ORDER, order, resolved)
        return EffectToSend(f"create:{reference}", CREATE_SALES_ORDER, reference, request, 1)

    def command(self, operation: str, reference: str) -> EffectToSend:
        command = OrderCommand(external_id=self.external_id(reference))
        request = self.connector.prepare(operation, command, {})
        return EffectToSend(f"{operation}:{reference}", operation, reference, request, 1)

    def drafted(self, reference: str, **changes: Any) -> dict[str, Any]:
        """The draft as it was observed."""
        (outcome,) = self.connector.deliver([self.create(reference, **changes)])
        assert isinstance(outcome, Observed), vars(outcome.error)
        return dict(outcome.observation)

    def orders(self) -> list[dict[str, Any]]:
        """The orders of this run, read beside the connector."""
        domain = [["client_order_ref", "=like", f"{self.odoo.prefix}-%"]]
        found: list[dict[str, Any]] = self.odoo.find(
            "sale.order", domain, ["name", "state", "client_order_ref", "date_order", "origin"]
        )
        return found


@pytest.fixture(scope="module")
def house() -> Iterator[LiveHouse]:
    odoo = LiveOdoo.from_environment()
    partner = odoo.create("res.partner", {"name": f"{odoo.prefix} customer"})
    goods = {"name": f"{odoo.prefix} goods", "default_code": f"{odoo.prefix}-G", "type": "consu"}
    product = odoo.create("product.product", goods)
    service = odoo.create("product.product", {"name": f"{odoo.prefix} fee", "type": "service"})
    (unit,) = odoo.find("product.product", [["id", "=", product]], ["uom_id"])
    tax = odoo.tax(15, included=False)
    connector = odoo.connector()
    yield LiveHouse(odoo, connector, partner, product, service, unit["uom_id"], tax)
    connector.close()
