"""An order ends with its invoice, whatever was booked when, and where there is nothing to ship."""

from typing import Any

import pytest

from tests.integration.order_to_cash.moves import taken
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

PER_SHIPMENT = {"invoice": "per_shipment"}


def parts(fulfilment: dict[str, Any], *amounts: str) -> list[dict[str, Any]]:
    return [
        event("shipped", fulfilment, number=n, shipment_id=f"W{n}", quantities={"1": amount})
        for n, amount in enumerate(amounts, start=1)
    ]


def invoices(house: PaperHouse) -> list[dict[str, str]]:
    (order,) = house.erp.orders.values()
    return list(order.get("invoices", []))


@pytest.mark.parametrize("policies", [PER_SHIPMENT])
def test_one_invoice_covers_two_shipments_that_were_booked_before_it(house: PaperHouse) -> None:
    house.report(*parts(taken(house), "1", "3"))
    house.settle()
    assert (house.status(), invoices(house)) == ("invoiced", [{"1": "4"}])
    check_at_rest(house)


@pytest.mark.parametrize("policies", [PER_SHIPMENT])
@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_closed_after_the_last_invoice(house: PaperHouse) -> None:
    fulfilment = taken(house)
    for part in parts(fulfilment, "1", "2"):
        house.report(part)
        house.settle()
    assert (house.status(), len(invoices(house))) == ("partly_shipped", 2)
    house.report(event("closed", fulfilment, quantities={"1": "1"}))
    house.settle()
    assert (house.status(), len(invoices(house))) == ("invoiced", 2)
    check_at_rest(house)


@pytest.mark.parametrize("policy", ["on_completion", "per_shipment", "never"])
def test_services_alone_are_invoiced_at_once(house: PaperHouse, policy: str) -> None:
    house.set_policy("shop", "invoice", policy)
    house.rows(
        'UPDATE projection SET data = data || \'{"type": "service"}\'::jsonb '
        "WHERE kind = 'products' RETURNING 1"
    )
    house.arrive(order_body(1))
    house.settle()
    end = ("shipped", 0) if policy == "never" else ("invoiced", 1)
    assert (house.status(), len(invoices(house)), house.wms.orders) == (*end, {})
    assert house.shop.told == []
    check_at_rest(house)
