"""What the shop lists for the close is what it has."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from crossdock.connectors.shopify.connector import connector
from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.order_factory import Mixture
from crossdock.connectors.shopify.twin.totals import to_pay
from crossdock.domain.fulfilment import Parcel
from crossdock.domain.identifiers import IdentifierScheme
from crossdock.ports.erp import CANCEL_REMAINDER, SEND_SHIPMENT
from crossdock.ports.errors import Rejected, Unavailable
from crossdock.ports.listing import Listed, ListedKind, Lists, Sought
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW, connection
from tests.contract.shopify.documents import rest_bytes
from tests.contract.shopify.shipping import effect, order_of, remainder, shipment

HOUR = timedelta(hours=1)


def listed(shop, kind, since=NOW, until=NOW + HOUR):
    return list(shop.list_documents(kind, since, until))


def skus(order):
    return [line.sku for line in order.lines]


def test_the_capability_is_offered(shop):
    assert isinstance(shop, Lists)
    assert shop.listed_kinds() == (ListedKind.ORDER, ListedKind.SHIPMENT)
    with pytest.raises(Rejected):
        listed(shop, ListedKind.INVOICE)


class TestOrders:
    def test_one(self, twin, shop):
        order = order_of(twin, 3)
        (found,) = listed(shop, ListedKind.ORDER)
        assert found == Listed(
            kind=ListedKind.ORDER,
            key=str(order.order_id),
            name=order.name,
            status="open",
            at=NOW,
            amount=to_pay(order),
            currency="EUR",
            quantities={order.lines[0].sku: Decimal(3)},
        )

    def test_the_window_is_half_open(self, twin, shop):
        with twin.lock:
            for minutes in (0, 30, 60):
                twin.shop.place(1, NOW + timedelta(minutes=minutes))
        ats = [found.at for found in listed(shop, ListedKind.ORDER)]
        assert ats == [NOW, NOW + HOUR / 2]
        assert len(listed(shop, ListedKind.ORDER, NOW + HOUR, NOW + 2 * HOUR)) == 1

    def test_every_order_of_a_day_as_the_sales_order_has_it(self, twin, shop):
        with twin.lock:
            twin.shop.mixture = twin.shop.factory.mixture = Mixture(
                tip=0.2, gift_card=0.2, custom_line=0.2, cash_rounding=0.3, duties=0.2
            )
            orders = twin.shop.place(90, NOW)
            changes.cancel(twin.shop, orders[3], NOW, "customer")
            changes.cancel(twin.shop, orders[4], NOW, "fraud", restock=False)
        found = {entry.key: entry for entry in listed(shop, ListedKind.ORDER)}
        assert len(found) == 90
        for order in orders:
            entry, ours = (
                found[str(order.order_id)],
                to_sales_order(rest_bytes(order), is_node=False),
            )
            assert entry.amount == ours.total.amount
            assert entry.quantities == by_sku(ours)
            assert entry.status == ("cancelled" if ours.cancelled_at else "open")

    def test_long_orders(self, twin, shop):
        order_of(twin, *[2] * 130)
        (found,) = listed(shop, ListedKind.ORDER)
        assert sum(found.quantities.values()) == 260

    def test_a_cancelled_remainder_is_not_ordered_any_more(self, twin, shop):
        order = order_of(twin, 3)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))])
        shop.deliver([effect(shop, CANCEL_REMAINDER, remainder(order, {0: 1}))])
        (found,) = listed(shop, ListedKind.ORDER)
        assert (found.status, found.quantities) == ("shipped", {order.lines[0].sku: Decimal(2)})

    def test_it_waits_for_the_rate_budget(self, twin, shop):
        order_of(twin, 3)
        twin.faults.add(Fault(FaultKind.RATE_LIMITED, seconds=0.01, count=2))
        assert len(listed(shop, ListedKind.ORDER)) == 1

    def test_a_failure_is_raised(self, twin, shop):
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        with pytest.raises(Unavailable):
            listed(shop, ListedKind.ORDER)


class TestShipments:
    def test_nothing_was_shipped(self, twin, shop):
        order_of(twin, 3)
        assert listed(shop, ListedKind.SHIPMENT) == []

    def test_all_of_an_order_together(self, twin, shop):
        order = order_of(twin, 3, 2)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 1}))])
        second = (Parcel(parcel_id="2", tracking_number="second"),)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2, 1: 1}, second, "2"))])
        (found,) = listed(shop, ListedKind.SHIPMENT)
        assert (found.key, found.status) == (str(order.order_id), "open")
        assert sum(found.quantities.values()) == 4
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 1, 1)
        (found,) = listed(shop, ListedKind.SHIPMENT)
        assert found.status == "shipped"
        assert sum(found.quantities.values()) == 5

    def test_many_of_many_lines(self, twin, shop):
        order = order_of(twin, *[9] * 12)
        for number in range(8):
            parcels = (Parcel(parcel_id="1", tracking_number=f"n{number}"),)
            document = shipment(order, dict.fromkeys(range(12), 1), parcels, str(number))
            shop.deliver([effect(shop, SEND_SHIPMENT, document)])
        (found,) = listed(shop, ListedKind.SHIPMENT)
        assert sum(found.quantities.values()) == 96

    def test_a_cancelled_fulfilment_is_no_shipment(self, twin, shop):
        order = order_of(twin, 3)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 1}))])
        with twin.lock:
            order.fulfilments[0].status = "CANCELLED"
        assert listed(shop, ListedKind.SHIPMENT) == []


def by_sku(order):
    found: Counter[str] = Counter()
    for line in order.lines:
        named = {i.scheme: i.value for i in line.product.identifiers}
        sku = named.get(IdentifierScheme.SELLER_SKU) or line.product.description
        found[sku] += int(line.quantity.amount)
    return {sku: Decimal(count) for sku, count in found.items()}


class TestLookUps:
    def test_by_id_whenever_they_were_placed(self, twin, shop):
        orders = [order_of(twin, 3), order_of(twin, *[2] * 30)]
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(orders[0], {0: 2}))])
        sought = [Sought(str(order.order_id)) for order in orders]
        sought += [Sought("1"), Sought("no id"), Sought("9" * 30)]
        for kind in shop.listed_kinds():
            by_key = {found.key: found for found in shop.find_documents(kind, sought)}
            assert by_key == {found.key: found for found in listed(shop, kind)}
        with pytest.raises(Rejected):
            list(shop.find_documents(ListedKind.INVOICE, sought))

    def test_of_a_day(self, twin, shop):
        with twin.lock:
            orders = twin.shop.place(45, NOW)
        sought = [Sought(str(order.order_id)) for order in orders]
        assert len(list(shop.find_documents(ListedKind.ORDER, sought))) == 45

    def test_a_failure_is_no_absence(self, twin, shop):
        order = order_of(twin, 3)
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        with pytest.raises(Unavailable):
            list(shop.find_documents(ListedKind.ORDER, [Sought(str(order.order_id))]))

    def test_orders_before_start_from_are_found_but_not_listed(self, twin):
        started = connector(connection(twin.url, start_from=(NOW + HOUR / 2).isoformat()))
        order = order_of(twin, 3)
        assert listed(started, ListedKind.ORDER) == []
        (found,) = started.find_documents(ListedKind.ORDER, [Sought(str(order.order_id))])
        assert found.key == str(order.order_id)
        started.close()
