"""What every twin that sends webhooks has for nothing."""

import httpx
import pytest

from crossdock.testing.twin_server import TwinServer
from crossdock.testing.webhook_sender import WebhookPlan
from tests.support.webhook_receiver import Receiver
from tests.unit.testing.calling_twin import CallingTwin
from tests.unit.testing.counter_twin import CounterTwin

CLIENT = httpx.Client(trust_env=False)
FAST = (0.001,) * 8
IDLE_SECONDS = 10


def count_up(server: TwinServer[CallingTwin], times: int = 1) -> None:
    for _ in range(times):
        CLIENT.post(f"{server.url}/count")


def control(server, method: str, name: str, value: object = None) -> httpx.Response:
    return CLIENT.request(method, f"{server.url}/_twin/{name}", json=value)


def test_it_sends_while_the_twin_is_served():
    with Receiver() as receiver:
        twin = CallingTwin(receiver.url)
        with TwinServer(twin) as server:
            count_up(server, 2)
            receiver.wait_for(2)
        twin.webhooks.tell(3)
        assert twin.webhooks.pending() == 1
    assert sorted(a.body for a in receiver.arrivals) == [b"1", b"2"]
    assert {a.headers["x-count"] for a in receiver.arrivals} == {"1", "2"}


def test_plan_counts_and_subscriptions_over_http():
    with Receiver() as receiver, TwinServer(CallingTwin(receiver.url)) as server:
        given = {"duplicated": 1.0, "seed": 4, "backoff_seconds": [0.5]}
        assert control(server, "PUT", "webhooks", given).json()["plan"]["duplicated"] == 1.0
        count_up(server)
        assert server.twin.webhooks.wait_idle(IDLE_SECONDS)
        shown = control(server, "GET", "webhooks").json()
    assert shown["counts"] == {"events": 1, "duplicated": 1, "sent": 2, "accepted": 2}
    assert shown["pending"] == 0
    assert shown["subscriptions"] == [{"failures": 0, "url": receiver.url, "active": True}]


def test_reset_forgets_what_waits_and_begins_the_plan_again():
    with TwinServer(CallingTwin("http://127.0.0.1:9/")) as server:
        control(server, "PUT", "webhooks", {"late": 1.0, "late_seconds": 3600, "seed": 7})
        first = server.twin.webhooks.chance.getstate()
        count_up(server, 3)
        assert control(server, "GET", "webhooks").json()["pending"] == 3
        control(server, "PUT", "reset")
        shown = control(server, "GET", "webhooks").json()
        assert (shown["pending"], shown["counts"]) == (0, {})
        assert server.twin.webhooks.chance.getstate() == first


def test_nothing_is_sent_while_it_is_paused():
    with Receiver() as receiver:
        twin = CallingTwin(receiver.url)
        twin.paused = True
        with TwinServer(twin) as server:
            count_up(server)
            assert not twin.webhooks.wait_idle(0.2)
            assert not receiver.arrivals
            twin.paused = False
            receiver.wait_for(1)


def test_with_failures_in_a_row_a_subscription_ends_and_gets_nothing_more():
    with Receiver(lambda _number: 500) as failing, TwinServer(CallingTwin(failing.url)) as server:
        server.twin.webhooks.use(WebhookPlan(backoff_seconds=FAST))
        count_up(server)
        assert server.twin.webhooks.wait_idle(IDLE_SECONDS)
        count_up(server)
        assert server.twin.webhooks.wait_idle(IDLE_SECONDS)
        counts = server.twin.webhooks.counts
    assert counts == {"events": 1, "sent": 3, "failed": 3, "ended": 1, "given_up": 1}
    assert len(failing.arrivals) == 3


def test_one_success_begins_the_row_again():
    with Receiver(lambda number: 200 if number % 3 == 0 else 500) as receiver:
        with TwinServer(CallingTwin(receiver.url)) as server:
            server.twin.webhooks.use(WebhookPlan(backoff_seconds=FAST))
            for expected in (1, 2, 3):
                count_up(server)
                assert server.twin.webhooks.wait_idle(IDLE_SECONDS)
                assert server.twin.webhooks.counts["accepted"] == expected
        assert server.twin.webhooks.counts["ended"] == 0


@pytest.mark.parametrize("value", [{"nonsense": 1}, [1], "lost"])
def test_a_plan_that_makes_no_sense_is_refused(value):
    with TwinServer(CallingTwin()) as server:
        assert control(server, "PUT", "webhooks", value).status_code == 400
        assert server.twin.webhooks.plan == WebhookPlan()


def test_a_twin_that_sends_nothing_has_no_webhooks():
    with TwinServer(CounterTwin()) as server:
        assert control(server, "GET", "webhooks").status_code == 404
        assert control(server, "GET", "log?after=x").status_code == 400
