"""Fulfilment orders out: once each, whatever the wire does; refused ones fail alone."""

import time
from datetime import timedelta

import pytest

from crossdock.connectors.wms.client import ORDERS
from crossdock.connectors.wms.twin.wms_twin import problem
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.errors import Ambiguous, NotAuthorised, RateLimited, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.wms.documents import cancelling, fulfilment_order, send, sending

EXECUTED = [FaultKind.REPLY_LOST, FaultKind.SLOW_REPLY]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("crossdock.connectors.wms.client.REPLY_TIMEOUT_SECONDS", 0.3)


def received(twin) -> list[str]:
    return twin.log.keys("fulfilment_order")


class TestIdempotence:
    def test_the_same_again_changes_nothing(self, twin, wms):
        (first,) = send(wms, fulfilment_order())
        (again,) = send(wms, fulfilment_order())
        assert isinstance(first, Observed)
        assert first.observation["status"] == "received"
        assert again.observation == first.observation
        assert received(twin) == ["F-1"]

    def test_the_same_again_shows_how_it_stands(self, twin, wms):
        send(wms, fulfilment_order())
        twin.work(2)
        (again,) = send(wms, fulfilment_order())
        assert again.observation["status"] == "picked"

    def test_other_content_under_the_id_is_refused(self, twin, wms):
        send(wms, fulfilment_order())
        (outcome,) = send(wms, fulfilment_order(1, "9"))
        assert isinstance(outcome.error, Rejected)
        assert outcome.error.code == "conflict"
        (probed,) = wms.probe([sending(wms, fulfilment_order(1, "9"))])
        assert isinstance(probed, Conflicting)
        assert "lines" in probed.difference

    @pytest.mark.parametrize("kind", EXECUTED)
    @pytest.mark.parametrize("count", [1, 3])
    def test_a_put_repeated_after_a_lost_reply_is_one_order(
        self, impatient, twin, wms, kind, count
    ):
        twin.faults.add(Fault(kind, count=1, seconds=1))
        orders = [fulfilment_order(n) for n in range(count)]
        outcomes = send(wms, *orders)
        assert [type(o.error) for o in outcomes] == [Ambiguous] * count
        probed = wms.probe([sending(wms, order) for order in orders])
        assert all(isinstance(p, Observed) and p.adopted for p in probed)
        again = send(wms, *orders)
        assert [o.observation for o in again] == [p.observation for p in probed]
        assert received(twin) == [f"F-{n}" for n in range(count)]

    def test_a_hang_of_60_s_does_not_hold_the_worker(self, impatient, twin, wms):
        twin.faults.add(Fault(FaultKind.LATENCY, count=1, seconds=60))
        began = time.monotonic()
        (outcome,) = send(wms, fulfilment_order())
        assert time.monotonic() - began < 5
        assert isinstance(outcome.error, Ambiguous)
        assert isinstance(wms.probe([sending(wms, fulfilment_order())])[0], Absent)

    def test_a_reset_before_is_probed_absent_and_sent_again(self, twin, wms):
        twin.faults.add(Fault(FaultKind.RESET_BEFORE, count=1))
        (outcome,) = send(wms, fulfilment_order())
        assert isinstance(outcome.error, Ambiguous)
        assert isinstance(wms.probe([sending(wms, fulfilment_order())])[0], Absent)
        assert isinstance(send(wms, fulfilment_order())[0], Observed)
        assert received(twin) == ["F-1"]

    def test_a_probe_adopts_an_order_cancelled_meanwhile(self, twin, wms):
        send(wms, fulfilment_order())
        wms.deliver([cancelling(wms)])
        (probed,) = wms.probe([sending(wms, fulfilment_order())])
        assert probed.observation["status"] == "cancelled"

    def test_a_probe_during_an_outage_tells_nothing(self, twin, wms):
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        (probed,) = wms.probe([sending(wms, fulfilment_order())])
        assert isinstance(probed, Failed)


class TestBatch:
    def test_fifty_go_in_one_call(self, twin, wms, wire):
        outcomes = send(wms, *(fulfilment_order(n) for n in range(50)))
        assert [o.effect_key for o in outcomes] == [f"send:F-{n}" for n in range(50)]
        assert all(isinstance(o, Observed) for o in outcomes)
        assert wire.checked == ["put_fulfilment_orders"]
        assert len(received(twin)) == 50

    def test_one_bad_item_fails_alone(self, twin, wms):
        twin.use(twin.behaviour.from_json({"unknown_skus": ["GONE"]}))
        good, bad = fulfilment_order(1), fulfilment_order(2, "1", "1", sku="GONE")
        first, second, third = send(wms, good, bad, fulfilment_order(3))
        assert isinstance(first, Observed)
        assert isinstance(third, Observed)
        assert isinstance(second.error, Rejected)
        assert (second.error.code, second.error.field) == ("unknown_sku", "lines[0].sku")
        assert received(twin) == ["F-1", "F-3"]

    def test_a_batch_refused_as_a_whole_is_sent_one_by_one(self, twin, wms):
        plain = twin.handle

        def too_large(request):
            refused = (request.method, request.path) == ("PUT", ORDERS)
            return problem(413, "too_large", "send less") if refused else plain(request)

        twin.handle = too_large
        outcomes = send(wms, fulfilment_order(1), fulfilment_order(2))
        assert all(isinstance(o, Observed) for o in outcomes)
        assert received(twin) == ["F-1", "F-2"]

    def test_an_item_the_reply_forgets_is_unknown(self, twin, wms):
        plain = twin._endpoint._item
        twin._endpoint._item = lambda order: plain(order).model_copy(
            update={"fulfilment_id": order.fulfilment_id.replace("F-2", "F-9")}
        )
        first, second = send(wms, fulfilment_order(1), fulfilment_order(2))
        assert isinstance(first, Observed)
        assert isinstance(second.error, Ambiguous)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.SERVER_ERROR), Unavailable),
        (Fault(FaultKind.HTML_ERROR), Ambiguous),
        (Fault(FaultKind.RATE_LIMITED, seconds=7), RateLimited),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_a_struck_call_fails_every_effect_of_it(twin, wms, fault, error, count):
    twin.faults.add(fault)
    outcomes = send(wms, *(fulfilment_order(n) for n in range(count)))
    assert [type(o.error) for o in outcomes] == [error] * count


def test_a_warehouse_down_for_two_hours_takes_it_afterwards(twin, wms, clock):
    with twin.lock:
        twin.down_until = clock.now() + timedelta(hours=2)
    assert isinstance(send(wms, fulfilment_order())[0].error, Unavailable)
    clock.advance(timedelta(hours=2))
    assert isinstance(send(wms, fulfilment_order())[0], Observed)


def test_a_wrong_token_is_not_authorised(twin, wms):
    twin.token = "another"
    assert isinstance(send(wms, fulfilment_order())[0].error, NotAuthorised)


def test_a_business_refusal_at_the_door_is_rejected(twin, wms):
    twin.use(twin.behaviour.from_json({"refused": 1.0}))
    (outcome,) = send(wms, fulfilment_order())
    assert isinstance(outcome.error, Rejected)
    assert (outcome.error.code, outcome.error.field) == ("not_served", "ship_to")
    assert received(twin) == []
