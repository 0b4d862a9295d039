import http.client
import socket
import threading
import time

import httpx
import pytest

from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.service_time import ServiceTime
from crossdock.testing.twin import TwinAcceptsNonsense
from crossdock.testing.twin_server import TwinServer
from tests.unit.testing.counter_twin import CounterTwin

CLIENT = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0), timeout=30)


@pytest.fixture
def server():
    with TwinServer(CounterTwin()) as running:
        yield running


def test_a_twin_that_accepts_its_canary_does_not_start():
    with pytest.raises(TwinAcceptsNonsense, match="mend the twin"):
        TwinServer(CounterTwin(gullible=True)).start()


def test_state_that_was_seeded_before_the_start_survives_it():
    twin = CounterTwin()
    twin.count = 7
    with TwinServer(twin) as running:
        assert CLIENT.get(f"{running.url}/read").json() == {"count": 7}


def test_calls_and_effects_are_counted_and_readable_by_another_process(server):
    CLIENT.post(f"{server.url}/count")
    CLIENT.get(f"{server.url}/absent")
    log = CLIENT.get(f"{server.url}/_twin/log").json()
    effects = CLIENT.get(f"{server.url}/_twin/effects").json()
    assert log["counts"] == {"count 200": 1, "absent 404": 1}
    assert [call["effects"] for call in log["calls"]] == [1, 0]
    assert effects["counts"] == {"counter created": 1}
    assert CLIENT.get(f"{server.url}/_twin/state").json() == {"count": 1}
    CLIENT.put(f"{server.url}/_twin/reset")
    assert CLIENT.get(f"{server.url}/_twin/state").json() == {"count": 0}
    assert CLIENT.get(f"{server.url}/_twin/log").json()["count"] == 0


def test_bodies_are_kept_on_demand(server):
    server.twin.log.keep_bodies = True
    CLIENT.post(f"{server.url}/count", content=b"abc")
    assert server.twin.log.calls[0].body == b"abc"


def test_connections_are_kept_alive(server):
    with httpx.Client() as client:
        for _ in range(3):
            client.post(f"{server.url}/count")
    assert server.twin.count == 3


def test_chunked_bodies_are_read(server):
    server.twin.log.keep_bodies = True
    CLIENT.post(f"{server.url}/count", content=iter([b"ab", b"", b"cd"]))
    assert server.twin.log.calls[0].body == b"abcd"


def test_reset_before_executes_nothing(server):
    server.twin.faults.add(Fault(FaultKind.RESET_BEFORE, count=1))
    with pytest.raises(httpx.ReadError):
        CLIENT.post(f"{server.url}/count")
    assert server.twin.count == 0
    assert CLIENT.post(f"{server.url}/count").json() == {"count": 1}
    assert server.twin.faults.struck["reset_before"] == 1


def test_reply_lost_executes_first(server):
    server.twin.faults.add(Fault(FaultKind.REPLY_LOST, count=1))
    with pytest.raises(httpx.RemoteProtocolError):
        CLIENT.post(f"{server.url}/count")
    assert server.twin.count == 1
    assert server.twin.log.calls[0].status == 0
    assert server.twin.log.calls[0].effects == 1


def test_slow_reply_executes_at_once(server):
    server.twin.faults.add(Fault(FaultKind.SLOW_REPLY, seconds=30))
    with pytest.raises(httpx.ReadTimeout):
        CLIENT.post(f"{server.url}/count", timeout=0.2)
    assert server.twin.count == 1


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        (FaultKind.RATE_LIMITED, 429, "application/json"),
        (FaultKind.SERVER_ERROR, 503, "application/json"),
        (FaultKind.HTML_ERROR, 502, "text/html"),
    ],
)
def test_refusals_execute_nothing(server, kind, status, content_type):
    server.twin.faults.add(Fault(kind, seconds=2))
    reply = CLIENT.post(f"{server.url}/count")
    assert (reply.status_code, reply.headers["content-type"]) == (status, content_type)
    assert server.twin.count == 0
    if status == 429:
        assert reply.headers["retry-after"] == "2"


def test_faults_are_aimed_at_operations_over_http(server):
    rule = {"kind": "server_error", "operations": ["cou*"], "status": 500, "count": 2}
    CLIENT.put(f"{server.url}/_twin/faults", json={"faults": [rule], "seed": 3})
    statuses = [CLIENT.post(f"{server.url}/count").status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert CLIENT.get(f"{server.url}/read").status_code == 200
    struck = CLIENT.get(f"{server.url}/_twin/faults").json()["struck"]
    assert struck == {"server_error": 2, "server_error count": 2}


def test_rules_nobody_understands_are_refused(server):
    reply = CLIENT.put(f"{server.url}/_twin/faults", json={"faults": [{"kind": "magic"}]})
    assert reply.status_code == 400


def test_one_seed_gives_one_sequence():
    def sequence():
        twin = CounterTwin()
        twin.faults.seed(42)
        twin.faults.add(Fault(FaultKind.SERVER_ERROR, rate=0.3))
        return [twin.faults.strike("count") is not None for _ in range(200)]

    first = sequence()
    assert first == sequence()
    assert 30 < sum(first) < 90


def test_service_time_serves_as_many_at_once_as_it_has_workers():
    model = ServiceTime(workers=2, seconds_per_call=0.05, seconds_per_order=0.05)
    with TwinServer(CounterTwin(), service_time=model) as server:
        began = time.monotonic()
        threads = [
            threading.Thread(target=CLIENT.post, args=(f"{server.url}/count",)) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - began >= 0.3
    assert server.twin.count == 6


def test_a_client_that_leaves_does_not_undo_its_request():
    with TwinServer(CounterTwin(), service_time=ServiceTime(1, 0.1)) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"POST /count HTTP/1.1\r\nhost: t\r\ncontent-length: 0\r\n\r\n")
        CLIENT.get(f"{server.url}/read")
        assert server.twin.count == 1


def test_bytes_that_are_no_http_are_refused(server):
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(b"hello\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 400")


def test_it_is_fast_enough_for_benchmarks(server):
    """By processor time, client included, so that a busy machine does not fail it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    began = time.process_time()
    for _ in range(500):
        connection.request("GET", "/read")
        connection.getresponse().read()
    assert time.process_time() - began < 1
