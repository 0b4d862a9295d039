"""What will not be shipped is taken off the order once, and no money moves."""

from datetime import timedelta

import pytest

from crossdock.connectors.shopify import MANIFEST
from crossdock.connectors.shopify.remainders import KEY_LIFETIME
from crossdock.connectors.shopify.twin import changes, fulfilment_resolvers
from crossdock.connectors.shopify.twin.fulfilment import NotFulfillable, display_status, take_off
from crossdock.connectors.shopify.twin.fulfilment_records import SECOND, SERVICE
from crossdock.domain.fulfilment import Parcel
from crossdock.ports.effect import Absent, Conflicting, Observed
from crossdock.ports.erp import CANCEL_REMAINDER, SEND_SHIPMENT
from crossdock.ports.errors import Ambiguous, Rejected
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.shipping import effect, order_of, remainder, shipment


def cancel(shop, document, **given):
    (outcome,) = shop.deliver([effect(shop, CANCEL_REMAINDER, document, **given)])
    return outcome


def quantities(order):
    return [line.current_quantity for line in order.lines]


class TestTakingOff:
    def test_the_order_is_complete_with_its_remainder_cancelled(self, twin, shop):
        order = order_of(twin, 3, 2)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))])
        outcome = cancel(shop, remainder(order, {0: 1, 1: 2}, "out of stock"))
        refund = f"gid://shopify/Refund/{order.refunds[0].refund_id}"
        assert outcome == Observed("e", {"id": refund, "order_status": "fulfilled"})
        assert quantities(order) == [2, 0]
        assert display_status(order) == "FULFILLED"
        assert order.refunds[0].note.startswith("out of stock [crossdock ")
        assert order.shipping[0].refunded == 0

    def test_a_part_of_the_remainder(self, twin, shop):
        order = order_of(twin, 5)
        cancel(shop, remainder(order, {0: 2}))
        assert quantities(order) == [3]
        later = (Parcel(parcel_id="1", tracking_number="later"),)
        (outcome,) = shop.deliver(
            [effect(shop, SEND_SHIPMENT, shipment(order, {0: 3}, later, "2"))]
        )
        assert isinstance(outcome, Observed)
        assert display_status(order) == "FULFILLED"

    def test_from_each_location_what_is_open_there(self, twin, shop):
        order = order_of(twin, 5)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
        assert isinstance(cancel(shop, remainder(order, {0: 4})), Observed)
        assert quantities(order) == [1]

    def test_held_and_foreign_pieces_as_well(self, twin, shop):
        order = order_of(twin, 5)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SERVICE.location_id)
            changes.hold(twin.shop, order, NOW)
        assert isinstance(cancel(shop, remainder(order, {0: 4})), Observed)

    def test_an_order_is_not_emptied(self, twin, shop):
        order = order_of(twin, 3, 2)
        outcome = cancel(shop, remainder(order, {0: 3, 1: 2}))
        assert outcome.error.code == "nothing_left"
        assert quantities(order) == [3, 2]

    def test_never_what_was_shipped(self, twin, shop):
        order = order_of(twin, 3)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))])
        outcome = cancel(shop, remainder(order, {0: 2}))
        assert outcome.error.code == "already_fulfilled"
        assert outcome.error.field == str(order.lines[0].line_id)
        assert quantities(order) == [3]

    def test_a_cancelled_order(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.cancel(twin.shop, order, NOW, "customer")
        assert cancel(shop, remainder(order, {0: 1})).error.code == "order_cancelled"

    def test_a_deleted_order(self, twin, shop):
        order = order_of(twin, 3)
        document = remainder(order, {0: 1})
        with twin.lock:
            changes.delete(twin.shop, order)
        assert cancel(shop, document).error.code == "not_found"


class TestOnce:
    def test_sending_again_changes_nothing(self, twin, shop):
        order = order_of(twin, 9)
        for attempt in (1, 2, 3):
            outcome = cancel(shop, remainder(order, {0: 2}), attempt=attempt)
            assert isinstance(outcome, Observed)
            assert outcome.adopted is (attempt > 1)
        assert quantities(order) == [7]
        assert twin.log.keys("refund") == [order.name]

    def test_even_after_shopify_has_forgotten_the_key(self, twin, shop, clock):
        order = order_of(twin, 9)
        cancel(shop, remainder(order, {0: 2}))
        assert MANIFEST.operation(CANCEL_REMAINDER).key_lifetime == KEY_LIFETIME
        clock.advance(KEY_LIFETIME + timedelta(hours=1))
        assert cancel(shop, remainder(order, {0: 2}), attempt=2).adopted
        assert quantities(order) == [7]

    def test_two_remainders_are_two(self, twin, shop):
        order = order_of(twin, 9)
        cancel(shop, remainder(order, {0: 2}), key="first")
        cancel(shop, remainder(order, {0: 2}), key="second")
        assert quantities(order) == [5]

    @pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.RESET_BEFORE])
    def test_a_lost_reply_is_ambiguous_and_the_probe_knows(self, twin, shop, kind):
        order = order_of(twin, 9)
        twin.faults.add(Fault(kind, operations=("CancelRemainder",), count=1))
        sent = effect(shop, CANCEL_REMAINDER, remainder(order, {0: 2}))
        (outcome,) = shop.deliver([sent])
        assert isinstance(outcome.error, Ambiguous)
        (found,) = shop.probe([sent])
        if kind is FaultKind.REPLY_LOST:
            assert isinstance(found, Observed)
            assert found.adopted
        else:
            assert isinstance(found, Absent)
            assert isinstance(shop.deliver([sent])[0], Observed)
        assert quantities(order) == [7]

    def test_shopify_itself_refuses_the_second_of_one_key(self, twin, shop, monkeypatch):
        """Without our own look, as if the note were not visible yet."""
        order = order_of(twin, 9)
        monkeypatch.setattr("crossdock.connectors.shopify.remainders._find", lambda *_: None)
        first, second = (cancel(shop, remainder(order, {0: 2})) for _ in range(2))
        assert first == second
        assert quantities(order) == [7]

    def test_the_same_key_for_other_pieces_is_unknown(self, twin, shop, monkeypatch):
        order = order_of(twin, 9)
        monkeypatch.setattr("crossdock.connectors.shopify.remainders._find", lambda *_: None)
        cancel(shop, remainder(order, {0: 2}))
        outcome = cancel(shop, remainder(order, {0: 3}))
        assert isinstance(outcome.error, Ambiguous)
        assert quantities(order) == [7]

    def test_a_key_that_failed_before_is_followed_by_another(self, twin, shop, monkeypatch):
        order = order_of(twin, 9)
        refused = refuse_once(twin, monkeypatch)
        assert isinstance(cancel(shop, remainder(order, {0: 2})).error, Rejected)
        assert refused == [1]
        assert isinstance(cancel(shop, remainder(order, {0: 2}), attempt=2), Observed)
        assert quantities(order) == [7]

    def test_other_pieces_in_our_refund_conflict(self, twin, shop):
        order = order_of(twin, 9)
        cancel(shop, remainder(order, {0: 2}))
        (found,) = shop.probe([effect(shop, CANCEL_REMAINDER, remainder(order, {0: 3}))])
        assert isinstance(found, Conflicting)
        assert cancel(shop, remainder(order, {0: 3})).error.code == "other_refund"

    def test_long_refunds_are_compared_whole(self, twin, shop):
        order = order_of(twin, *[1] * 120)
        sent = effect(shop, CANCEL_REMAINDER, remainder(order, dict.fromkeys(range(119), 1)))
        assert isinstance(shop.deliver([sent])[0], Observed)
        assert isinstance(shop.probe([sent])[0], Observed)


def refuse_once(twin, monkeypatch):
    """The next refund is refused for a reason that passes."""
    refused: list[int] = []

    def refuse(*given):
        if refused:
            return take_off(*given)
        refused.append(1)
        raise NotFulfillable("Order is locked")

    monkeypatch.setattr(fulfilment_resolvers, "take_off", refuse)
    return refused
