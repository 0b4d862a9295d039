"""We cancel an order that is open in the shop: once, by a job that is watched."""

from datetime import timedelta

import pytest

from crossdock.connectors.shopify.twin import changes
from crossdock.domain.cancellation import Cancellation
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.ports.effect import Absent, Observed
from crossdock.ports.erp import CANCEL_ORDER, SEND_SHIPMENT
from crossdock.ports.errors import Ambiguous, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.shipping import effect, order_of, shipment


def cancellation(order, reason="inventory"):
    order_id = Identifier(scheme=IdentifierScheme.CHANNEL_ORDER_ID, value=str(order.order_id))
    return Cancellation(reference="PO-7", identifiers=(order_id,), cancelled_at=NOW, reason=reason)


def cancel(shop, document, **given):
    (outcome,) = shop.deliver([effect(shop, CANCEL_ORDER, document, **given)])
    return outcome


@pytest.fixture
def impatient(monkeypatch):
    """Looks at the job without pauses."""
    monkeypatch.setattr("crossdock.connectors.shopify.cancellations.LOOKS_SECONDS", (0, 0, 0))


class TestCancelling:
    def test_an_open_order(self, twin, shop):
        order = order_of(twin, 3)
        outcome = cancel(shop, cancellation(order))
        observation = {
            "id": f"gid://shopify/Order/{order.order_id}",
            "cancelled_at": "2026-11-21T08:00:00Z",
            "reason": "inventory",
        }
        assert outcome == Observed("e", observation)
        assert (order.cancelled_at, order.cancel_reason) == (NOW, "inventory")
        assert order.lines[0].current_quantity == 0

    def test_a_reason_of_our_own_is_a_note(self, twin, shop):
        order = order_of(twin, 3)
        cancel(shop, cancellation(order, "not in the catalogue any more"))
        assert order.cancel_reason == "other"
        assert order.staff_note == "not in the catalogue any more"

    def test_a_reference_that_is_the_order_id(self, twin, shop):
        order = order_of(twin, 3)
        plain = Cancellation(reference=str(order.order_id), cancelled_at=NOW)
        assert isinstance(cancel(shop, plain), Observed)

    def test_an_order_nobody_names(self, twin, shop):
        with pytest.raises(Rejected):
            shop.prepare(CANCEL_ORDER, Cancellation(reference="PO-7", cancelled_at=NOW), {})

    def test_a_shipped_order_stays(self, twin, shop):
        order = order_of(twin, 3)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 1}))])
        outcome = cancel(shop, cancellation(order))
        assert outcome.error.code == "already_fulfilled"
        assert f"{order.name}-F1" in outcome.error.reason
        assert order.cancelled_at is None

    def test_a_deleted_order(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.delete(twin.shop, order)
        assert cancel(shop, cancellation(order)).error.code == "not_found"

    def test_shipped_between_our_look_and_our_request(self, twin, shop, monkeypatch):
        order = order_of(twin, 3)
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 1}))])
        monkeypatch.setattr(
            "crossdock.connectors.shopify.cancellations._refuse_shipped", lambda _: None
        )
        outcome = cancel(shop, cancellation(order))
        assert isinstance(outcome.error, Rejected)
        assert outcome.error.code == "INVALID"


class TestOnce:
    def test_sending_again_changes_nothing(self, twin, shop):
        order = order_of(twin, 3)
        cancel(shop, cancellation(order))
        assert cancel(shop, cancellation(order), attempt=2).adopted
        assert len(twin.log.called("CancelOrder")) == 1

    def test_cancelled_by_the_customer_before(self, twin, shop):
        order = order_of(twin, 3)
        with twin.lock:
            changes.cancel(twin.shop, order, NOW, "customer")
        outcome = cancel(shop, cancellation(order))
        assert outcome.adopted
        assert outcome.observation["reason"] == "customer"
        assert twin.log.called("CancelOrder") == []

    def test_cancelled_between_our_look_and_our_request(self, twin, shop, monkeypatch):
        order = order_of(twin, 3)

        def meanwhile(_):
            with twin.lock:
                changes.cancel(twin.shop, order, NOW, "customer")

        monkeypatch.setattr("crossdock.connectors.shopify.cancellations._refuse_shipped", meanwhile)
        assert cancel(shop, cancellation(order)).adopted

    def test_a_slow_job_is_unknown_until_it_is_done(self, twin, shop, clock, impatient):
        order = order_of(twin, 3)
        twin.shop.job_delay = timedelta(seconds=30)
        sent = effect(shop, CANCEL_ORDER, cancellation(order))
        (outcome,) = shop.deliver([sent])
        assert isinstance(outcome.error, Ambiguous)
        assert len(twin.log.called("ReadJob")) == 3
        assert isinstance(shop.probe([sent])[0], Absent)
        clock.advance(timedelta(seconds=30))
        (found,) = shop.probe([sent])
        assert isinstance(found, Observed)
        assert found.adopted

    def test_a_job_that_ends_while_it_is_watched(self, twin, shop, clock, monkeypatch):
        order = order_of(twin, 3)
        twin.shop.job_delay = timedelta(seconds=1)
        monkeypatch.setattr(
            shop._patience, "wait", lambda seconds: clock.advance(timedelta(seconds=seconds))
        )
        assert isinstance(cancel(shop, cancellation(order)), Observed)

    @pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.RESET_BEFORE])
    def test_a_lost_reply_is_ambiguous_and_the_probe_knows(self, twin, shop, kind):
        order = order_of(twin, 3)
        twin.faults.add(Fault(kind, operations=("CancelOrder",), count=1))
        sent = effect(shop, CANCEL_ORDER, cancellation(order))
        assert isinstance(shop.deliver([sent])[0].error, Ambiguous)
        (found,) = shop.probe([sent])
        assert isinstance(found, Observed if kind is FaultKind.REPLY_LOST else Absent)

    def test_a_look_that_fails_after_the_request_leaves_it_unknown(self, twin, shop, monkeypatch):
        order = order_of(twin, 3)
        start_job = twin.shop.start_job

        def then_fail(*given):
            twin.faults.add(Fault(FaultKind.SERVER_ERROR))
            return start_job(*given)

        monkeypatch.setattr(twin.shop, "start_job", then_fail)
        assert isinstance(cancel(shop, cancellation(order)).error, Ambiguous)

    def test_a_look_that_fails_before_is_harmless(self, twin, shop):
        order = order_of(twin, 3)
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        assert isinstance(cancel(shop, cancellation(order)).error, Unavailable)
        assert order.cancelled_at is None
