"""The twin works as the demo needs it to."""

import httpx
import pytest

from crossdock.connectors.wms.twin import WmsTwin
from crossdock.testing.twin import TwinAcceptsNonsense
from crossdock.testing.twin_server import TwinServer
from tests.contract.wms.documents import cancelling, fulfilment_order, send
from tests.support.webhook_receiver import Receiver

QUICK = {"auto": True, "step_seconds": 0.001}


@pytest.fixture
def control(server):
    """Sends control requests as another process does."""

    def send_control(method: str, name: str, value=None):
        reply = httpx.request(method, f"{server.url}/_twin/{name}", json=value, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    return send_control


def types(receiver: Receiver) -> list[str]:
    return [a.body.split(b'"type":"')[1].split(b'"')[0].decode() for a in receiver.arrivals]


def test_by_itself_an_order_is_shipped_within_moments(wms, receiver, control):
    control("PUT", "behaviour", QUICK)
    send(wms, fulfilment_order(1), fulfilment_order(2))
    receiver.wait_for(12)
    (first, second) = control("GET", "orders")["orders"]
    assert first["status"] == second["status"] == "closed"
    assert [line["shipped"] for line in first["lines"]] == ["2", "3"]
    expected = ["accepted", "closed", "delivered", "packed", "picked", "shipped"]
    assert sorted(types(receiver)) == sorted(expected * 2)


def test_orders_that_wait_are_done_once_it_works_by_itself(wms, receiver, control):
    send(wms, fulfilment_order())
    assert control("GET", "orders")["orders"][0]["status"] == "received"
    control("PUT", "behaviour", QUICK)
    receiver.wait_for(6)


def test_a_wave_waits(twin, wms, receiver, control):
    control("PUT", "behaviour", {**QUICK, "wave_seconds": 3600})
    send(wms, fulfilment_order())
    receiver.wait_for(1)
    assert types(receiver) == ["accepted"]
    control("PUT", "behaviour", {"wave_seconds": 0.01})
    receiver.wait_for(6)


def test_down_it_neither_answers_nor_works_nor_sends(twin, wms, receiver, control, clock):
    send(wms, fulfilment_order())
    control("PUT", "down", {"seconds": 7200})
    control("PUT", "behaviour", QUICK)
    assert send(wms, fulfilment_order())[0].error.code == "unavailable"
    assert control("GET", "orders")["orders"][0]["status"] == "received"
    assert not receiver.arrivals
    clock.advance(twin.down_until - clock.now())
    receiver.wait_for(6)


def test_shares_are_kept_and_repeatable(twin, wms):
    given = {"short_picks": 0.3, "two_shipments": 0.3, "rejected": 0.2, "refused": 0.1}
    twin.use(twin.behaviour.from_json(given))
    outcomes = send(wms, *(fulfilment_order(n, "4", "3") for n in range(50)))
    twin.work(99)
    again = WmsTwin()
    again.use(again.behaviour.from_json(given))
    accepted = [j.order for j in twin.warehouse.jobs.values()]
    assert 0 < 50 - len(accepted) < 15
    assert sum(hasattr(o, "error") for o in outcomes) == 50 - len(accepted)
    rejected = twin.log.keys("fulfilment_order", "rejected")
    assert 3 <= len(rejected) <= 20
    shipments = twin.log.keys("shipment")
    assert len(set(shipments)) == len(shipments) > len(accepted) - len(rejected)
    bodies = b"".join(event.body for event in twin.warehouse.events)
    assert b'"short_picked"' in bodies


def test_a_step_by_hand_ends_the_plan(wms, control):
    send(wms, fulfilment_order(1, "5"))
    control("POST", "orders/F-1/accept", {})
    control("POST", "orders/F-1/pick", {"short": {"L1": "1"}})
    order = control("POST", "orders/F-1/ship", {"amounts": {"L1": "3"}, "parcels": 2, "lots": True})
    assert (order["status"], order["steps_left"]) == ("shipped", [])
    assert order["lines"][0]["shipped"] == "3"
    assert control("POST", "work", {}) == {"done": 0}
    control("POST", "orders/F-1/ship", {})
    assert control("POST", "orders/F-1/close", {})["status"] == "closed"


def test_a_step_out_of_order_is_refused(wms, server, control):
    send(wms, fulfilment_order())
    for step in ("ship", "pack", "close", "deliver", "dance"):
        reply = httpx.post(f"{server.url}/_twin/orders/F-1/{step}", json={})
        assert reply.status_code == 400, step


def test_a_cancelled_order_is_not_worked_on(twin, wms, receiver, control):
    send(wms, fulfilment_order())
    wms.deliver([cancelling(wms)])
    control("PUT", "behaviour", QUICK)
    assert twin.webhooks.wait_idle(10)
    assert types(receiver) == ["cancelled"]
    assert twin.log.counts["fulfilment_order cancelled"] == 1


def test_a_subscription_that_fails_is_disabled(twin, wms, monkeypatch):
    monkeypatch.setattr(twin.webhooks, "failures_max", 3)
    twin.webhooks.use(twin.webhooks.plan.from_json({"backoff_seconds": [0.01] * 8}))
    with Receiver(lambda _number: 500) as failing:
        with twin.lock:
            twin.warehouse.subscribe(failing.url)
        send(wms, fulfilment_order())
        twin.work(1)
        assert twin.webhooks.wait_idle(10)
    assert [s.active for s in twin.warehouse.subscriptions] == [False]
    assert twin.webhooks.counts["ended"] == 1


def test_events_can_be_sent_again(twin, wms, receiver, control):
    send(wms, fulfilment_order())
    twin.work(2)
    assert control("POST", "resend", {"event_ids": ["evt-00000001"]}) == {"resent": 1}
    receiver.wait_for(3)
    assert sorted(types(receiver)) == ["accepted", "accepted", "picked"]


def test_reset_forgets_everything(twin, wms, control):
    send(wms, fulfilment_order())
    control("PUT", "reset")
    assert control("GET", "orders") == {"orders": [], "events": 0}
    assert not twin.log.effects


def test_a_twin_that_takes_nonsense_does_not_start():
    twin = WmsTwin()
    plain = twin.handle
    twin.handle = lambda request: (  # type: ignore[method-assign]
        plain(request) if request.path != "/v2/health" else type(plain(request))(200)
    )
    with pytest.raises(TwinAcceptsNonsense):
        TwinServer(twin).start()
