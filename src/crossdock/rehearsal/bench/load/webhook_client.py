"""Signed webhooks over keep-alive connections, as fast as they are answered.

Runs as a process of its own: reads one JSON request line from standard input, prints one JSON line.
Signatures are computed before the clock starts; every body is about another order.
"""

import asyncio
import base64
import hmac
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import cast

from crossdock.rehearsal.bench.load.shop_orders import ShopOrders


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@dataclass(frozen=True, slots=True)
class Load:
    """What to send."""

    port: int
    path: str
    secret: str
    body_bytes: int
    first_id: int
    count: int
    connections: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it."""

    acknowledged: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float
    client_cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.acknowledged / self.seconds


@dataclass(slots=True)
class _Run:
    """Requests that are still to be sent, and the answers so far."""

    load: Load
    orders: ShopOrders
    signatures: Sequence[bytes]
    head: bytes
    done: asyncio.Future[None]
    sent: int = 0
    refused: int = 0
    latencies: list[float] = field(default_factory=list)

    def next_request(self) -> bytes | None:
        number = self.sent
        if number == self.load.count:
            return None
        self.sent = number + 1
        body = self.orders.body(self.load.first_id + number)
        length = b"\r\ncontent-length: %d\r\n\r\n" % len(body)
        return b"".join((self.head, self.signatures[number], length, body))

    def answered(self, status: bytes, latency: float) -> None:
        self.latencies.append(latency)
        self.refused += status != b"200"
        if len(self.latencies) == self.load.count:
            self.done.set_result(None)


class _Sender(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._run.done.done():
            self._run.done.set_exception(ConnectionError("the server closed a connection"))

    def send(self) -> None:
        request = self._run.next_request()
        if request is not None:
            self._sent_at = time.monotonic()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if not _complete(data):
            self._buffer = data
            return
        self._buffer = b""
        self._run.answered(data[9:12], time.monotonic() - self._sent_at)
        self.send()


def _complete(data: bytes) -> bool:
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = data.find(b"content-length: ")
    length = int(data[at + 16 : data.index(b"\r\n", at)]) if at >= 0 else 0
    return len(data) >= end + 4 + length


def _signatures(load: Load, orders: ShopOrders) -> list[bytes]:
    key = load.secret.encode()
    bodies = orders.bodies(load.first_id, load.count)
    return [base64.b64encode(hmac.digest(key, body, "sha256")) for body in bodies]


def _head(load: Load) -> bytes:
    """What stands before the signature. Header names: a recorded Shopify delivery."""
    head = (
        f"POST {load.path} HTTP/1.1\r\nhost: 127.0.0.1:{load.port}\r\n"
        "user-agent: Shopify-Captain-Hook\r\n"
        "accept: */*\r\naccept-encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\n"
        "content-type: application/json\r\nx-shopify-api-version: 2026-07\r\n"
        "x-shopify-event-id: 98880550-7158-44d4-b7cd-2c97c8a091b5\r\n"
        "x-shopify-shop-domain: bench.myshopify.com\r\nx-shopify-topic: orders/create\r\n"
        "x-shopify-triggered-at: 2026-03-29T16:00:27.877041743Z\r\n"
        "x-shopify-webhook-id: b54557e4-bdd9-4b37-8a5f-bf7d70bcd043\r\nx-shopify-hmac-sha256: "
    )
    return head.encode()


async def _send_all(load: Load, orders: ShopOrders, signatures: Sequence[bytes]) -> Answered:
    loop = asyncio.get_running_loop()
    run = _Run(load, orders, signatures, _head(load), loop.create_future())
    senders: list[_Sender] = []
    for _ in range(load.connections):
        _, sender = await loop.create_connection(lambda: _Sender(run), "127.0.0.1", load.port)
        senders.append(sender)
    began, cpu = time.monotonic(), time.process_time()
    for sender in senders:
        sender.send()
    await run.done
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    milliseconds = sorted(1000 * latency for latency in run.latencies)
    return Answered(
        load.count - run.refused, run.refused, seconds,
        _percentile(milliseconds, 50), _percentile(milliseconds, 99), cpu,
    )  # fmt: skip


def _percentile(ordered: Sequence[float], percent: int) -> float:
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def main() -> None:
    """One load, from standard input to standard output."""
    load = Load(**json.loads(sys.stdin.readline()))
    orders = ShopOrders(load.body_bytes)
    signatures = _signatures(load, orders)
    loop = _new_event_loop()
    print(json.dumps(asdict(loop.run_until_complete(_send_all(load, orders, signatures)))))


if __name__ == "__main__":
    main()
