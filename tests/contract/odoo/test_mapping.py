"""Rows are worth exactly what the order is worth, and each has a name of its own."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock.connectors.odoo.mapping import from_sales_order
from crossdock.connectors.odoo.mapping.allowance import exact_discount
from crossdock.connectors.odoo.mapping.order_request import LINE_ID, LINE_PRICE_PIN, LoadRequest
from crossdock.domain.money import Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import Charge, ChargeKind, OrderLine, SalesOrder
from crossdock.ports.errors import Rejected

NOTHING = Decimal(0)
cents = st.integers(0, 10_000_000).map(lambda n: Decimal(n).scaleb(-2))
prices = st.integers(0, 10_000_000).map(lambda n: Decimal(n).scaleb(-4))
quantities = st.integers(1, 1_000_000).map(lambda n: Decimal(n).scaleb(-2))
names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


@st.composite
def orders(draw):
    ids = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    lines = []
    for line_id in ids:
        quantity, price = draw(quantities), draw(prices)
        allowance = draw(st.one_of(st.just(Decimal(0)), cents, st.just(quantity * price)))
        lines.append(
            OrderLine(
                line_id=line_id, product=ProductReference(identifiers=()),
                quantity=Quantity(amount=quantity, unit="EA"), unit_price=price,
                allowance=allowance,
            )
        )  # fmt: skip
    charges = [
        Charge(charge_id=name, kind=ChargeKind.FEE, amount=draw(cents), allowance=draw(cents))
        for name in draw(st.lists(names, max_size=3, unique=True))
    ]
    return SalesOrder(
        reference="r", reference_is_buyers=False, placed_at=datetime(2026, 1, 1, tzinfo=UTC),
        currency="USD", prices_include_tax=False, buyer=Party(), lines=tuple(lines),
        charges=tuple(charges), total=Money(amount=Decimal(0), currency="USD"),
    )  # fmt: skip


def resolved(order: SalesOrder):
    return {
        "external_id": "c.order", "origin": "o", "partner": {"id": 1}, "ship_to": {"id": 1},
        "bill_to": {"id": 1}, "discount_product_id": 9,
        "lines": [{"line_id": n.line_id, "product_id": 1, "unit_id": 1, "tax_ids": []}
                  for n in order.lines],
        "charges": [{"charge_id": n.charge_id, "product_id": 2, "tax_ids": []}
                    for n in order.charges],
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(orders())
def test_rows_are_worth_exactly_what_the_order_is(order: SalesOrder):
    request = LoadRequest.from_bytes(from_sales_order(order, resolved(order)))
    worth = sum((n.quantity * n.price * (1 - n.discount / 100) for n in request.lines()), NOTHING)
    intended = sum((line.net for line in order.lines), NOTHING)
    intended += sum((c.amount - c.allowance for c in order.charges), NOTHING)
    assert worth == intended
    assert all(0 <= n.discount <= 100 for n in request.lines())


@settings(max_examples=150, deadline=None)
@given(orders())
def test_every_row_has_a_name_of_its_own_and_a_pinned_price(order: SalesOrder):
    request = LoadRequest.from_bytes(from_sales_order(order, resolved(order)))
    external_ids = request.column(LINE_ID)
    assert len(set(external_ids)) == len(external_ids)
    assert all(name.isascii() and " " not in name for name in external_ids)
    for line, pin in zip(request.lines(), request.column(LINE_PRICE_PIN), strict=True):
        assert line.price != Decimal(pin)


@pytest.mark.parametrize(
    ("gross", "allowance", "percentage"),
    [("100", "12.5", "12.5"), ("29.97", "3", None), ("40", "40", "100"), ("10", "0", "0"),
     ("0", "1", None), ("10", "11", None), ("-10", "1", None), ("3", "1", None)],
)  # fmt: skip
def test_only_an_exact_percentage_is_one(gross: str, allowance: str, percentage: str | None):
    found = exact_discount(Decimal(gross), Decimal(allowance))
    assert found == (None if percentage is None else Decimal(percentage))


def test_an_unresolved_partner_is_refused():
    order = SalesOrder.model_validate(
        {"reference": "r", "reference_is_buyers": True, "placed_at": "2026-01-01T00:00:00Z",
         "currency": "USD", "prices_include_tax": False, "buyer": {},
         "lines": [{"line_id": "1", "product": {"identifiers": []},
                    "quantity": {"amount": 1, "unit": "EA"}, "unit_price": 1}],
         "total": {"amount": 1, "currency": "USD"}}
    )  # fmt: skip
    with pytest.raises(Rejected) as caught:
        from_sales_order(order, {**resolved(order), "partner": {}})
    assert caught.value.field == "partner_id"
