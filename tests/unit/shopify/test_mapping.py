"""What a SalesOrder takes from a Shopify order."""

import json
from decimal import Decimal
from typing import Any

import pytest

from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.sales_order import ChargeKind, SalesOrder
from crossdock.ports.errors import Unreadable
from tests.unit.shopify.bodies import _money, good_order


def read(**fields: Any) -> SalesOrder:
    return to_sales_order(json.dumps(good_order() | fields).encode(), is_node=False)


def line(**fields: Any) -> dict[str, Any]:
    return good_order()["line_items"][0] | fields


def test_reference_is_the_order_id_or_the_buyers_number():
    plain, bought = read(), read(po_number=" PO-7 ")
    assert (plain.reference, plain.reference_is_buyers) == ("5600000000001", False)
    assert (bought.reference, bought.reference_is_buyers) == ("PO-7", True)
    schemes = {i.scheme: i.value for i in bought.identifiers}
    assert schemes == {
        IdentifierScheme.CHANNEL_ORDER_ID: "5600000000001",
        IdentifierScheme.CHANNEL_ORDER_NAME: "#1001",
        IdentifierScheme.BUYER_ORDER_NUMBER: "PO-7",
    }


def test_lines_carry_current_quantities_and_shares():
    document = read(
        line_items=[
            line(quantity=3, current_quantity=2, tax_lines=[_tax("3.00")],
                 discount_allocations=[{"amount": "1.00"}, {"amount": "0.51"}]),
            line(id=12, current_quantity=0),
        ]
    )  # fmt: skip
    (only,) = document.lines
    assert only.quantity.amount == 2
    assert only.allowance == Decimal("1.01")
    assert only.taxes[0].amount == Decimal("2.00")


def _tax(price: str, rate: object = 0.19) -> dict[str, Any]:
    return {"title": "VAT", "rate": rate, "price": price}


def test_old_bodies_without_current_quantity():
    item = line()
    del item["current_quantity"]
    assert read(line_items=[item]).lines[0].quantity.amount == 2


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.19, "0.19"), (0.060000000000000005, "0.06"), (None, "0"), (0, "0"), ("0.0825", "0.0825")],
)
def test_rates_are_exact(rate: object, expected: str):
    document = read(line_items=[line(tax_lines=[_tax("1.00", rate)])])
    assert str(document.lines[0].taxes[0].rate) == expected


def test_custom_lines_and_gift_cards_are_lines():
    custom = line(id=12, sku=None, product_id=None, variant_id=None, name="Cutting")
    card = line(id=13, gift_card=True, requires_shipping=False, sku="")
    document = read(line_items=[line(), custom, card], total_tip_received="10.00")
    assert [one.product.description for one in document.lines] == ["Bolt", "Cutting", "Bolt"]
    assert document.lines[1].product.identifiers == ()


TIP: dict[str, Any] = {
    "sku": None, "product_id": None, "variant_id": None, "requires_shipping": False,
    "tax_lines": [], "quantity": 1, "current_quantity": 1, "discount_allocations": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "total", "is_tip"),
    [
        ({"tip_payment_gateway": None, "name": "Trinkgeld"}, "0.00", True),
        ({"name": "Tip"}, "12.00", True),
        ({"name": "Trinkgeld"}, "10.00", True),
        ({"name": "Trinkgeld"}, "12.00", False),
        ({"name": "Tip"}, "0.00", False),
    ],
)
def test_tips_are_charges(marks: dict[str, Any], total: str, is_tip: bool):
    document = read(line_items=[line(), line(id=12, **TIP) | marks], total_tip_received=total)
    kinds = [charge.kind for charge in document.charges]
    assert (ChargeKind.TIP in kinds) is is_tip
    assert len(document.lines) == (1 if is_tip else 2)


def test_nothing_but_a_tip_is_refused():
    with pytest.raises(Unreadable) as refused:
        read(line_items=[line(**TIP, tip_payment_gateway="x")])
    assert refused.value.field == "line_items"


def test_shipping_discounts_refunds_and_removals():
    def shipping(**fields: Any) -> dict[str, Any]:
        return {
            "id": 21,
            "title": "Standard",
            "price": "10.00",
            "tax_lines": [_tax("1.90")],
        } | fields

    document = read(
        shipping_lines=[
            shipping(discount_allocations=[{"amount": "4.00"}]),
            shipping(id=22, current_discounted_price_set=_money("5.00")),
            shipping(id=23, is_removed=True),
        ]
    )
    discounted, refunded = document.charges
    assert (discounted.amount, discounted.allowance) == (Decimal("10.00"), Decimal("4.00"))
    assert discounted.taxes[0].amount == Decimal("1.90")
    assert (refunded.amount, refunded.allowance) == (Decimal("10.00"), Decimal("5.00"))
    assert refunded.taxes[0].amount == Decimal("0.95")


def test_duties_fees_and_rounding_are_charges():
    duty = {"tax_lines": [_tax("0.50")]}
    document = read(
        line_items=[line(duties=[duty])],
        current_total_duties_set=_money("2.00"),
        current_total_additional_fees_set=_money("3.00"),
        total_cash_rounding_payment_adjustment_set=_money("-0.02"),
    )
    charges = {charge.kind: charge for charge in document.charges}
    assert charges[ChargeKind.DUTY].amount == 2
    assert charges[ChargeKind.DUTY].taxes[0].amount == Decimal("0.50")
    assert charges[ChargeKind.FEE].amount == 3
    assert charges[ChargeKind.ROUNDING].amount == Decimal("-0.02")
    assert document.total.amount == Decimal("33.68")


def test_duties_inside_the_prices_are_no_charge():
    document = read(duties_included=True, current_total_duties_set=_money("2.00"))
    assert [charge.kind for charge in document.charges] == [ChargeKind.SHIPPING]


def test_a_cancelled_order_with_nothing_left_stands_as_ordered():
    document = read(
        line_items=[line(current_quantity=0)], cancelled_at="2026-11-21T04:00:00-05:00",
        cancel_reason="FRAUD", current_total_price_set=_money("0.00"),
    )  # fmt: skip
    assert document.lines[0].quantity.amount == 2
    assert str(document.total) == "33.70 EUR"
    assert document.cancel_reason == "fraud"
    assert document.cancelled_at is not None


def test_amounts_keep_their_digits_and_gain_the_currencys():
    document = read(
        line_items=[line(price_set=_money("17.333")), line(id=12, price_set=_money("5"))]
    )
    assert [str(one.unit_price) for one in document.lines] == ["17.333", "5.00"]


class TestBuyer:
    def test_the_customer_with_the_orders_own_contact(self):
        buyer = read().buyer
        assert (buyer.name, buyer.email) == ("A B", "a@mail.example")
        assert buyer.identifier(IdentifierScheme.CHANNEL_CUSTOMER_ID) == "7"

    def test_the_customers_contact_when_the_order_has_none(self):
        assert read(email=None).buyer.email == "c@mail.example"

    def test_a_guest_by_address(self):
        buyer = read(customer=None).buyer
        assert (buyer.name, buyer.identifiers) == ("A B", ())

    def test_a_company_without_a_name(self):
        address = good_order()["shipping_address"] | {"name": "", "company": "Falk Bau"}
        document = read(customer=None, shipping_address=address)
        assert document.buyer.name == "Falk Bau"
        assert document.ship_to is not None
        assert document.ship_to.name == "Falk Bau"

    def test_nobody_at_the_till(self):
        document = read(customer=None, shipping_address=None, email=None)
        assert document.buyer.name == ""
        assert document.ship_to is None

    def test_a_country_code_in_small_letters(self):
        address = good_order()["shipping_address"] | {"country_code": "de"}
        document = read(shipping_address=address)
        assert document.ship_to is not None
        assert document.ship_to.address is not None
        assert document.ship_to.address.country == "DE"


def test_unknown_fields_and_words_are_tolerated():
    assert read(brand_new={"a": 1}, cancel_reason="brand_new", source_name="x").lines


def test_more_shipping_lines_than_were_read_are_refused():
    with pytest.raises(Unreadable) as refused:
        read(more_shipping_lines=True)
    assert refused.value.field == "shipping_lines"
