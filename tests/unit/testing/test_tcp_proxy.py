import time
from collections import Counter

import httpx
import pytest

from crossdock.testing.tcp_proxy import StrikePlan, TcpProxy
from crossdock.testing.twin_server import TwinServer
from tests.unit.testing.counter_twin import CounterTwin

CLIENT = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0), timeout=30)


@pytest.fixture
def server():
    with TwinServer(CounterTwin()) as running:
        yield running


def post(proxy, body=b"x" * 5000, path="/count"):
    try:
        return CLIENT.post(f"{proxy.url}{path}", content=body).status_code
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        return "lost"


def test_without_strikes_it_only_forwards(server):
    with TcpProxy("127.0.0.1", server.port, StrikePlan()) as proxy:
        assert [post(proxy) for _ in range(5)] == [200] * 5
    assert not proxy.struck


def test_before_never_executes_and_after_always_does(server):
    with TcpProxy("127.0.0.1", server.port, StrikePlan(before=7, after=5, seed=3)) as proxy:
        replies = Counter(post(proxy) for _ in range(20))
        assert replies == {"lost": 12, 200: 8}
        assert (proxy.struck["before"], proxy.struck["after"]) == (7, 5)
        wait_for(lambda: server.twin.count >= 13)
    assert server.twin.count == 13


def test_only_the_paths_of_the_plan_are_struck(server):
    plan = StrikePlan(after=9, paths=("/read",))
    with TcpProxy("127.0.0.1", server.port, plan) as proxy:
        assert post(proxy) == 200
        assert post(proxy, path="/read") == "lost"
        assert proxy.struck["after /read"] == 1


def test_one_seed_gives_one_plan(server):
    def strikes():
        plan = StrikePlan(before=4, after=4, rate=0.5, seed=11)
        with TcpProxy("127.0.0.1", server.port, plan) as proxy:
            return [post(proxy) for _ in range(12)], dict(proxy.struck)

    assert strikes() == strikes()


def test_a_server_that_is_down_looks_like_a_reset(server):
    server.stop()
    with TcpProxy("127.0.0.1", server.port, StrikePlan()) as proxy:
        assert post(proxy) == "lost"


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.001)
