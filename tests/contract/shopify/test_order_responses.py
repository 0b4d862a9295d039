"""Our answers reach the order once, one bad item fails alone, and a lost reply is found again."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from crossdock.connectors.shopify.mapping import CANCELLATION_REFUSED_TAG, REJECTED_TAG
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.order_response import OrderResponse, OrderResponseStatus
from crossdock.ports.effect import Absent, Conflicting, EffectToSend, Failed, Observed
from crossdock.ports.erp import SEND_ORDER_RESPONSE
from crossdock.ports.errors import Ambiguous, RateLimited, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW


def response(
    order_id: object,
    status=OrderResponseStatus.ACCEPTED,
    reason="",
    about="order",
    revises=False,
) -> OrderResponse:
    return OrderResponse(
        about=about,
        revises=revises,
        reference=str(order_id),
        identifiers=(Identifier(scheme=IdentifierScheme.CHANNEL_ORDER_ID, value=str(order_id)),),
        status=status,
        reason=reason,
        seller_order_name="S00042",
        answered_at=NOW,
    )


def effect(shop, document: OrderResponse, key: str = "") -> EffectToSend:
    request = shop.prepare(SEND_ORDER_RESPONSE, document, {})
    name = key or f"answer:{document.reference}"
    return EffectToSend(name, SEND_ORDER_RESPONSE, document.reference, request, 1)


def effects(shop, orders: Sequence[OrderState]) -> list[EffectToSend]:
    return [effect(shop, response(order.order_id)) for order in orders]


def answer(order: OrderState, key: str = "order_response"):
    return json.loads(order.metafields[("crossdock", key)]["value"])


@pytest.fixture
def orders(twin):
    with twin.lock:
        return twin.shop.place(60, NOW)


class TestSending:
    def test_25_in_one_call(self, twin, shop, orders):
        outcomes = shop.deliver(effects(shop, orders[:25]))
        assert all(isinstance(outcome, Observed) for outcome in outcomes)
        assert len(twin.log.calls) == 1
        assert answer(orders[0])["status"] == "accepted"
        assert answer(orders[24])["seller_order_name"] == "S00042"

    def test_more_take_more_calls(self, twin, shop, orders):
        shop.deliver(effects(shop, orders))
        assert len(twin.log.called("SetOrderResponses")) == 3

    def test_outcomes_are_in_the_order_of_the_batch(self, shop, orders):
        batch = effects(shop, orders[:5])
        assert [o.effect_key for o in shop.deliver(batch)] == [e.effect_key for e in batch]

    def test_a_refused_order_is_tagged(self, twin, shop, orders):
        batch = [
            effect(shop, response(orders[0].order_id, OrderResponseStatus.REJECTED, "no stock")),
            effect(shop, response(orders[1].order_id)),
        ]
        shop.deliver(batch)
        assert orders[0].tags == [REJECTED_TAG]
        assert answer(orders[0])["reason"] == "no stock"
        assert orders[1].tags == []

    def test_a_bad_item_fails_alone(self, twin, shop, orders):
        with twin.lock:
            del twin.shop.orders[orders[7].order_id]
            del twin.shop.orders[orders[11].order_id]
        outcomes = shop.deliver(effects(shop, orders[:25]))
        failed = {i for i, outcome in enumerate(outcomes) if isinstance(outcome, Failed)}
        assert failed == {7, 11}
        assert isinstance(outcomes[7].error, Rejected)
        assert outcomes[7].error.field == "metafields.7.ownerId"
        assert answer(orders[24])["status"] == "accepted"

    def test_all_bad(self, twin, shop, orders):
        with twin.lock:
            twin.shop.orders.clear()
        outcomes = shop.deliver(effects(shop, orders[:3]))
        assert all(isinstance(outcome.error, Rejected) for outcome in outcomes)

    def test_an_error_without_index_is_narrowed_down(self, twin, shop, orders, monkeypatch):
        bad = orders[3].order_id

        def errors(metafields):
            if any(given["ownerId"].endswith(f"/{bad}") for given in metafields):
                yield {"field": None, "message": "odd", "code": None, "elementIndex": None}

        monkeypatch.setattr(twin.resolvers, "_metafield_errors", errors)
        outcomes = shop.deliver(effects(shop, orders[:6]))
        assert [isinstance(outcome, Failed) for outcome in outcomes] == [False] * 3 + [True] + [
            False
        ] * 2

    def test_two_answers_for_one_order_are_sent_in_turn(self, twin, shop, orders):
        first = effect(shop, response(orders[0].order_id), "first")
        second = effect(shop, response(orders[0].order_id, OrderResponseStatus.CANCELLED), "second")
        shop.deliver([first, second])
        assert len(twin.log.called("SetOrderResponses")) == 2
        assert answer(orders[0])["status"] == "cancelled"

    def test_a_response_without_order_id_is_refused(self, shop):
        document = response(1).model_copy(update={"identifiers": ()})
        with pytest.raises(Rejected) as refused:
            shop.prepare(SEND_ORDER_RESPONSE, document, {})
        assert refused.value.field == "channel_order_id"

    def test_pace_is_kept_per_effect(self, twin, shop, orders):
        twin.faults.add(Fault(FaultKind.RATE_LIMITED, seconds=3))
        (outcome,) = shop.deliver(effects(shop, orders[:1]))
        assert isinstance(outcome.error, RateLimited)
        assert outcome.error.retry_after == timedelta(seconds=3)
        assert orders[0].metafields == {}


class TestIdempotence:
    def test_sending_again_changes_nothing(self, twin, shop, orders):
        batch = [effect(shop, response(orders[0].order_id, OrderResponseStatus.REJECTED))]
        shop.deliver(batch)
        changed = len(twin.log.effects)
        shop.deliver(batch)
        assert len(twin.log.effects) == changed
        assert twin.log.keys("order.metafield") == [orders[0].name]

    @pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.RESET_BEFORE])
    def test_a_lost_reply_is_ambiguous_and_the_probe_knows(self, twin, shop, orders, kind):
        twin.faults.add(Fault(kind, count=1))
        batch = effects(shop, orders[:3])
        outcomes = shop.deliver(batch)
        assert all(isinstance(outcome.error, Ambiguous) for outcome in outcomes)
        results = shop.probe(batch)
        if kind is FaultKind.REPLY_LOST:
            assert all(isinstance(result, Observed) and result.adopted for result in results)
        else:
            assert all(isinstance(result, Absent) for result in results)
            assert all(isinstance(outcome, Observed) for outcome in shop.deliver(batch))

    def test_a_lost_tag_is_absent_and_can_be_sent_again(self, twin, shop, orders):
        twin.faults.add(Fault(FaultKind.RESET_BEFORE, operations=("TagOrder",), count=1))
        batch = [effect(shop, response(orders[0].order_id, OrderResponseStatus.REJECTED))]
        (outcome,) = shop.deliver(batch)
        assert isinstance(outcome.error, Ambiguous)
        assert isinstance(shop.probe(batch)[0], Absent)
        shop.deliver(batch)
        assert isinstance(shop.probe(batch)[0], Observed)
        assert orders[0].tags == [REJECTED_TAG]

    def test_another_answer_under_our_key_is_a_conflict(self, twin, shop, orders):
        shop.deliver([effect(shop, response(orders[0].order_id))])
        other = effect(shop, response(orders[0].order_id, reason="something else"))
        (result,) = shop.probe([other])
        assert isinstance(result, Conflicting)
        assert "something else" in result.difference

    def test_the_same_answer_of_another_instant_is_adopted(self, twin, shop, orders):
        """A ledger that was restored decides again, later, and says the same."""
        shop.deliver(effects(shop, orders[:1]))
        again = response(orders[0].order_id)
        again = again.model_copy(update={"answered_at": NOW + timedelta(hours=1)})
        assert isinstance(shop.probe([effect(shop, again)])[0], Observed)

    def test_an_older_answer_gives_way_to_a_later_one(self, twin, shop, orders):
        shop.deliver(effects(shop, orders[:1]))
        later = response(orders[0].order_id, OrderResponseStatus.CANCELLED)
        later = later.model_copy(update={"answered_at": NOW + timedelta(hours=1)})
        assert isinstance(shop.probe([effect(shop, later)])[0], Absent)

    def test_the_json_may_be_written_anew(self, twin, shop, orders):
        batch = effects(shop, orders[:1])
        shop.deliver(batch)
        with twin.lock:
            field = orders[0].metafields[("crossdock", "order_response")]
            field["value"] = json.dumps(json.loads(field["value"]), indent=3)
        assert isinstance(shop.probe(batch)[0], Observed)

    def test_a_deleted_order_cannot_be_probed(self, twin, shop, orders):
        batch = effects(shop, orders[:2])
        with twin.lock:
            del twin.shop.orders[orders[0].order_id]
        failed, absent = shop.probe(batch)
        assert isinstance(failed.error, Rejected)
        assert isinstance(absent, Absent)

    def test_a_probe_that_fails_raises(self, twin, shop, orders):
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        with pytest.raises(Unavailable):
            shop.probe(effects(shop, orders[:1]))


class TestCancellationsAnswered:
    REFUSED = OrderResponseStatus.CANCELLATION_REFUSED

    def test_it_does_not_overwrite_the_orders_answer(self, twin, shop, orders):
        order = orders[0]
        shop.deliver([effect(shop, response(order.order_id), "order")])
        late = response(order.order_id, self.REFUSED, "it is being packed", "cancellation")
        (outcome,) = shop.deliver([effect(shop, late, "cancellation")])
        assert isinstance(outcome, Observed)
        assert answer(order)["status"] == "accepted"
        assert answer(order, "cancellation_response")["status"] == "cancellation_refused"
        assert answer(order, "cancellation_response")["reason"] == "it is being packed"
        assert order.tags == [CANCELLATION_REFUSED_TAG]

    def test_a_cancellation_that_is_accepted_gets_no_tag(self, twin, shop, orders):
        done = response(orders[0].order_id, OrderResponseStatus.CANCELLED, about="cancellation")
        shop.deliver([effect(shop, done)])
        assert answer(orders[0], "cancellation_response")["status"] == "cancelled"
        assert orders[0].tags == []

    def test_a_second_answer_takes_the_first_one_back(self, twin, shop, orders):
        order = orders[0]
        late = effect(shop, response(order.order_id, self.REFUSED, "", "cancellation"), "late")
        shop.deliver([late])
        document = response(
            order.order_id, OrderResponseStatus.CANCELLED, "after all", "cancellation", revises=True
        )
        second = effect(shop, document, "second")
        twin.faults.add(Fault(FaultKind.RESET_BEFORE, operations=("UntagOrder",), count=1))
        (outcome,) = shop.deliver([second])
        assert isinstance(outcome.error, Ambiguous)
        assert isinstance(shop.probe([second])[0], Absent), "the tag still says the contrary"
        assert isinstance(shop.deliver([second])[0], Observed)
        assert isinstance(shop.probe([second])[0], Observed)
        assert answer(order, "cancellation_response")["status"] == "cancelled"
        assert order.tags == []

    def test_each_answer_is_probed_by_itself(self, twin, shop, orders):
        order = orders[0]
        first = effect(shop, response(order.order_id), "order")
        second = effect(shop, response(order.order_id, self.REFUSED, "", "cancellation"), "late")
        shop.deliver([first])
        assert isinstance(shop.probe([first])[0], Observed)
        assert isinstance(shop.probe([second])[0], Absent)
        shop.deliver([second])
        assert all(isinstance(result, Observed) for result in shop.probe([first, second]))

    def test_requests_of_an_older_release_are_answers_to_orders(self, twin, shop, orders):
        sent = effect(shop, response(orders[0].order_id))
        request = json.loads(sent.request)
        del request["key"]
        old = EffectToSend("old", SEND_ORDER_RESPONSE, "o", json.dumps(request).encode(), 1)
        shop.deliver([old])
        assert answer(orders[0])["status"] == "accepted"
        assert isinstance(shop.probe([old])[0], Observed)
