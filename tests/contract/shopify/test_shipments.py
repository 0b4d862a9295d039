"""Exactly the shipped pieces are fulfilled, once, with their tracking numbers."""

import pytest

from crossdock.connectors.shopify.connector import connector
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.fulfilment_records import MAIN, SECOND, SERVICE
from crossdock.connectors.shopify.twin.graphql_shape import order_node
from crossdock.domain.fulfilment import Parcel
from crossdock.ports.effect import Absent, Conflicting, Observed
from crossdock.ports.erp import SEND_SHIPMENT
from crossdock.ports.errors import Ambiguous, RateLimited, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW, connection
from tests.contract.shopify.shipping import (
    TRACKED,
    effect,
    fulfilled,
    order_of,
    pieces,
    shipment,
)

UNTRACKED = (Parcel(parcel_id="1"),)


def send(shop, document, **given):
    (outcome,) = shop.deliver([effect(shop, SEND_SHIPMENT, document, **given)])
    return outcome


def status(order):
    return order_node(order)["displayFulfillmentStatus"](None)


def fail_after_the_first(twin, monkeypatch):
    """The second fulfilment is refused for pace."""
    changed = twin.shop.changed

    def then_refuse(shop_order, *given):
        if shop_order.fulfilments:
            monkeypatch.setattr(twin.shop, "changed", changed)
            fault = Fault(FaultKind.RATE_LIMITED, operations=("CreateFulfilment",), count=1)
            twin.faults.add(fault)
        changed(shop_order, *given)

    monkeypatch.setattr(twin.shop, "changed", then_refuse)


class TestSending:
    def test_the_shipped_pieces_and_no_others(self, twin, shop):
        order = order_of(twin, 3, 2, 1)
        outcome = send(shop, shipment(order, {0: 2, 2: 1}))
        assert outcome == Observed("e", outcome.observation)
        assert fulfilled(order) == [{0: 2, 2: 1}]
        assert outcome.observation["name"] == f"{order.name}-F1"
        assert outcome.observation["status"] == "success"
        assert (
            outcome.observation["id"]
            == f"gid://shopify/Fulfillment/{order.fulfilments[0].fulfilment_id}"
        )
        assert status(order) == "PARTIALLY_FULFILLED"

    def test_the_rest_completes_the_order(self, twin, shop):
        order = order_of(twin, 3, 2)
        send(shop, shipment(order, {0: 2}))
        second = (Parcel(parcel_id="2", tracking_number="second"),)
        send(shop, shipment(order, {0: 1, 1: 2}, second, name="2"), key="f")
        assert fulfilled(order) == [{0: 2}, {0: 1, 1: 2}]
        assert status(order) == "FULFILLED"

    def test_all_parcels_are_in_one_fulfilment(self, twin, shop):
        order = order_of(twin, 4)
        parcels = tuple(
            Parcel(parcel_id=n, carrier="UPS", tracking_number=f"1Z{n}", tracking_url=f"https://t.example/{n}")
            for n in "12"
        )  # fmt: skip
        assert isinstance(send(shop, shipment(order, {0: 4}, parcels)), Observed)
        (made,) = order.fulfilments
        assert (made.numbers, made.company) == (["1Z1", "1Z2"], "UPS")
        assert made.urls == ["https://t.example/1", "https://t.example/2"]

    def test_two_carriers_are_not_called_one(self, twin, shop):
        order = order_of(twin, 4)
        parcels = (
            Parcel(parcel_id="1", carrier="UPS", tracking_number="a", tracking_url="https://t.example/a"),
            Parcel(parcel_id="2", carrier="DHL", tracking_number="b"),
        )  # fmt: skip
        send(shop, shipment(order, {0: 4}, parcels))
        (made,) = order.fulfilments
        assert (made.numbers, made.urls, made.company) == (["a", "b"], [], None)

    @pytest.mark.parametrize(("setting", "notified"), [("yes", True), ("no", False), (None, True)])
    def test_the_customer_is_told_unless_set_otherwise(self, twin, setting, notified):
        order = order_of(twin, 1)
        settings = {"notify_customer": setting} if setting else {}
        shop = connector(connection(twin.url, **settings))
        send(shop, shipment(order, {0: 1}))
        shop.close()
        assert order.fulfilments[0].notified is notified

    def test_a_line_in_several_parcels_is_summed(self, twin, shop):
        order = order_of(twin, 5)
        document = shipment(order, {0: 2})
        twice = document.model_copy(update={"lines": document.lines * 2})
        send(shop, twice)
        assert fulfilled(order) == [{0: 4}]

    def test_one_location_that_has_all_is_preferred(self, twin, shop):
        order = order_of(twin, 4, 4)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
            changes.move_units(twin.shop, order, NOW, 1, 2, SECOND.location_id)
        send(shop, shipment(order, {0: 2, 1: 2}))
        assert len(order.fulfilments) == 1

    def test_two_locations_take_two_fulfilments(self, twin, shop):
        order = order_of(twin, 4, 1)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 3, SECOND.location_id)
        outcome = send(shop, shipment(order, {0: 4, 1: 1}))
        assert {f.location: f.numbers for f in order.fulfilments} == {
            MAIN: ["JD014600003RU"],
            SECOND: ["JD014600003RU"],
        }
        assert sum(sum(entry.values()) for entry in fulfilled(order)) == 5
        assert len(outcome.observation["fulfilments"]) == 2
        assert status(order) == "FULFILLED"

    def test_long_orders_are_read_whole(self, twin, shop):
        order = order_of(twin, *[2] * 25)
        first = dict.fromkeys(range(25), 1)
        assert isinstance(send(shop, shipment(order, first)), Observed)
        number = (Parcel(parcel_id="2", tracking_number="second"),)
        assert isinstance(send(shop, shipment(order, first, number, name="2"), key="f"), Observed)
        assert fulfilled(order) == [first, first]
        assert isinstance(
            shop.probe([effect(shop, SEND_SHIPMENT, shipment(order, first))])[0], Observed
        )

    def test_many_fulfilments_are_read_all(self, twin, shop):
        order = order_of(twin, 12)
        documents = [
            shipment(order, {0: 1}, (Parcel(parcel_id="1", tracking_number=f"n{n}"),), str(n))
            for n in range(12)
        ]
        for document in documents:
            assert isinstance(send(shop, document), Observed)
        probes = [shop.probe([effect(shop, SEND_SHIPMENT, d)])[0] for d in documents]
        assert all(isinstance(probe, Observed) for probe in probes)


class TestRefusals:
    def test_never_more_than_remains(self, twin, shop):
        order = order_of(twin, 3, 1)
        outcome = send(shop, shipment(order, {0: 4, 1: 1}))
        assert isinstance(outcome.error, Rejected)
        assert outcome.error.field == str(order.lines[0].line_id)
        assert "4 wanted, 3 can be taken" in outcome.error.reason
        assert fulfilled(order) == []

    def test_what_a_person_fulfilled_is_named(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 2, "by-hand")
        outcome = send(shop, shipment(order, {0: 3}))
        assert outcome.error.code == "already_fulfilled"
        assert f"2 by {order.name}-F1" in outcome.error.reason
        assert fulfilled(order) == [{0: 2}]

    def test_what_a_person_entered_alike_is_adopted(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 2, TRACKED[0].tracking_number)
        outcome = send(shop, shipment(order, {0: 2}))
        assert outcome.adopted
        assert fulfilled(order) == [{0: 2}]

    def test_our_number_with_other_pieces_is_refused(self, twin, shop):
        order = order_of(twin, 5)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 1, TRACKED[0].tracking_number)
        outcome = send(shop, shipment(order, {0: 2}))
        assert outcome.error.code == "other_lines"
        assert fulfilled(order) == [{0: 1}]

    def test_a_hold_is_named(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.hold(twin.shop, order, NOW)
        outcome = send(shop, shipment(order, {0: 1}))
        assert outcome.error.code == "on_hold"
        assert "3 at Main warehouse (on_hold)" in outcome.error.reason
        with twin.lock:
            changes.hold(twin.shop, order, NOW, held=False)
        assert isinstance(send(shop, shipment(order, {0: 1})), Observed)

    def test_a_location_of_another_app_is_named(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 3, SERVICE.location_id)
        outcome = send(shop, shipment(order, {0: 1}))
        assert outcome.error.code == "not_fulfillable"
        assert SERVICE.name in outcome.error.reason

    def test_a_cancelled_order(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.cancel(twin.shop, order, NOW, "customer")
        assert send(shop, shipment(order, {0: 1})).error.code == "order_cancelled"

    def test_a_deleted_order(self, twin, shop):
        order = order_of(twin, 3)
        document = shipment(order, {0: 1})
        with twin.lock:
            changes.delete(twin.shop, order)
        assert send(shop, document).error.code == "not_found"

    def test_what_shopify_refuses_in_the_end_is_refused(self, twin, shop, monkeypatch):
        order = order_of(twin, 3)
        monkeypatch.setattr(
            "crossdock.connectors.shopify.twin.fulfilment.FulfilmentOrderState.actions", ["HOLD"]
        )
        monkeypatch.setattr(
            "crossdock.connectors.shopify.fulfilment_state.CREATE_FULFILMENT_ACTION", "HOLD"
        )
        outcome = send(shop, shipment(order, {0: 1}))
        assert isinstance(outcome.error, Rejected)
        assert "unfulfillable status= open" in outcome.error.reason

    @pytest.mark.parametrize(
        ("update", "field"),
        [
            ({"line_id": "tip:7"}, "lines.line_id"),
            ({"quantity": pieces("1.5")}, "lines.quantity"),
            ({"quantity": pieces(0)}, "lines.quantity"),
        ],
    )
    def test_what_shopify_cannot_count(self, twin, shop, update, field):
        document = shipment(order_of(twin, 3), {0: 1})
        bad = document.model_copy(update={"lines": (document.lines[0].model_copy(update=update),)})
        with pytest.raises(Rejected) as refused:
            shop.prepare(SEND_SHIPMENT, bad, {})
        assert refused.value.field == field


class TestOnce:
    def test_sending_again_changes_nothing(self, twin, shop):
        order = order_of(twin, 9)
        for attempt in (1, 2, 3):
            assert isinstance(send(shop, shipment(order, {0: 2}), attempt=attempt), Observed)
        assert fulfilled(order) == [{0: 2}]
        assert twin.log.keys("fulfillment") == [f"{order.name}-F1"]

    @pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.RESET_BEFORE])
    def test_a_lost_reply_is_ambiguous_and_the_probe_knows(self, twin, shop, kind):
        order = order_of(twin, 9)
        twin.faults.add(Fault(kind, operations=("CreateFulfilment",), count=1))
        sent = effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))
        (outcome,) = shop.deliver([sent])
        assert isinstance(outcome.error, Ambiguous)
        (found,) = shop.probe([sent])
        if kind is FaultKind.REPLY_LOST:
            assert found == Observed("e", found.observation, adopted=True)
            assert found.observation["name"] == f"{order.name}-F1"
        else:
            assert isinstance(found, Absent)
            assert isinstance(send(shop, shipment(order, {0: 2}), attempt=2), Observed)
        assert fulfilled(order) == [{0: 2}]

    def test_half_of_two_locations_is_completed(self, twin, shop, monkeypatch):
        order = order_of(twin, 4)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
        fail_after_the_first(twin, monkeypatch)
        sent = effect(shop, SEND_SHIPMENT, shipment(order, {0: 4}))
        (outcome,) = shop.deliver([sent])
        assert isinstance(outcome.error, Ambiguous), "a part is done: not to be sent again unseen"
        assert isinstance(shop.probe([sent])[0], Absent)
        assert isinstance(send(shop, shipment(order, {0: 4}), attempt=2), Observed)
        assert fulfilled(order) == [{0: 2}, {0: 2}]
        assert isinstance(shop.probe([sent])[0], Observed)

    def test_half_without_a_number_is_completed(self, twin, shop, monkeypatch):
        order = order_of(twin, 4)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
        fail_after_the_first(twin, monkeypatch)
        sent = effect(shop, SEND_SHIPMENT, shipment(order, {0: 4}, UNTRACKED))
        assert isinstance(shop.deliver([sent])[0].error, Ambiguous)
        assert isinstance(shop.probe([sent])[0], Absent)
        assert isinstance(shop.deliver([sent])[0], Observed)
        assert fulfilled(order) == [{0: 2}, {0: 2}]

    def test_without_a_number_nothing_alike_is_certain(self, twin, shop):
        order = order_of(twin, 9, 1)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 1, 1)
        sent = effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}, UNTRACKED))
        assert isinstance(shop.probe([sent])[0], Absent)

    def test_without_a_number_something_alike_is_a_persons(self, twin, shop):
        order = order_of(twin, 9)
        twin.faults.add(Fault(FaultKind.REPLY_LOST, operations=("CreateFulfilment",), count=1))
        sent = effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}, UNTRACKED))
        shop.deliver([sent])
        (found,) = shop.probe([sent])
        assert isinstance(found, Conflicting)
        assert "nobody can tell" in found.difference

    def test_two_shipments_without_a_number_are_two(self, twin, shop):
        order = order_of(twin, 9)
        send(shop, shipment(order, {0: 2}, UNTRACKED))
        send(shop, shipment(order, {0: 2}, UNTRACKED, name="2"), key="f")
        assert fulfilled(order) == [{0: 2}, {0: 2}]

    def test_other_pieces_under_our_number_conflict(self, twin, shop):
        order = order_of(twin, 9)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 5, TRACKED[0].tracking_number)
        (found,) = shop.probe([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))])
        assert isinstance(found, Conflicting)

    def test_a_cancelled_fulfilment_counts_for_nothing(self, twin, shop):
        order = order_of(twin, 9)
        sent = effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))
        shop.deliver([sent])
        with twin.lock:
            order.fulfilments[0].status = "CANCELLED"
        assert isinstance(shop.probe([sent])[0], Absent)

    def test_a_pace_refusal_before_anything_is_done(self, twin, shop):
        order = order_of(twin, 9)
        twin.faults.add(Fault(FaultKind.RATE_LIMITED, count=1))
        assert isinstance(send(shop, shipment(order, {0: 2})).error, RateLimited)
        assert fulfilled(order) == []

    def test_a_probe_that_fails_raises(self, twin, shop):
        order = order_of(twin, 9)
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        with pytest.raises(Unavailable):
            shop.probe([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))])
