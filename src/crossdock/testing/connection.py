"""One connection of a twin's server: reads requests, strikes, serves, answers in order."""

import asyncio
import socket
import struct
import time
from dataclasses import replace
from email.utils import format_datetime

from crossdock.testing.call_log import Call
from crossdock.testing.control import PREFIX, control
from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.service_time import Workers
from crossdock.testing.twin import Twin
from crossdock.testing.wire import NotHttp, RequestReader, TwinReply, TwinRequest

_UNSERVED = (FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.HTML_ERROR)


class TwinConnection(asyncio.Protocol):
    """The server's side of one TCP connection."""

    def __init__(self, twin: Twin, workers: Workers, open_: set[asyncio.Transport]) -> None:
        self._twin = twin
        self._workers = workers
        self._open = open_
        self._reader = RequestReader()
        self._busy: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        self._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        if self._busy is None:
            self._next()

    def _next(self) -> None:
        while self._busy is None and not self._transport.is_closing():
            try:
                request = self._reader.next()
            except NotHttp as error:
                self._write(TwinReply(400, str(error).encode(), close=True))
                return
            if request is None:
                return
            if request.path.startswith(PREFIX):
                self._write(control(self._twin, request))
            else:
                self._serve(request)

    def _serve(self, request: TwinRequest) -> None:
        twin = self._twin
        operation = twin.operation(request)
        fault = twin.faults.strike(operation)
        request = replace(request, begun=len(twin.log.effects))
        began = time.monotonic()
        if fault is None and self._workers.idle:
            reply, effects = self._execute(request)
            self._record(request, operation, reply.status, None, effects, began)
            self._write(reply)
            return
        coroutine = self._serve_slowly(request, operation, fault, began)
        self._busy = asyncio.get_running_loop().create_task(coroutine)
        self._busy.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._busy = None
        if not task.cancelled():
            task.result()
        self._next()

    async def _serve_slowly(
        self, request: TwinRequest, operation: str, fault: Fault | None, began: float
    ) -> None:
        kind = fault.kind if fault else None
        if fault and kind is FaultKind.RESET_BEFORE:
            self._record(request, operation, 0, fault, 0, began)
            reset_connection(self._transport)
            return
        if fault and kind in _UNSERVED:
            reply = self._twin.fault_reply(fault, request)
            self._record(request, operation, reply.status, fault, 0, began)
            self._write(reply)
            return
        if fault and kind is FaultKind.LATENCY:
            await asyncio.sleep(fault.seconds)
        async with self._workers.worker():
            request = replace(request, begun=len(self._twin.log.effects))
            await self._workers.take_time(self._twin.orders_in(request))
            reply, effects = self._execute(request)
        lost = kind is FaultKind.REPLY_LOST
        self._record(request, operation, 0 if lost else reply.status, fault, effects, began)
        if fault and kind is FaultKind.SLOW_REPLY:
            await asyncio.sleep(fault.seconds)
        if lost:
            self._transport.close()
        else:
            self._write(reply)

    def _execute(self, request: TwinRequest) -> tuple[TwinReply, int]:
        twin = self._twin
        with twin.lock:
            self._call = twin.log.begin()
            before = len(twin.log.effects)
            reply = twin.handle(request)
            return reply, len(twin.log.effects) - before

    def _record(
        self, request: TwinRequest, operation: str, status: int, fault: Fault | None,
        effects: int, began: float,
    ) -> None:  # fmt: skip
        log = self._twin.log
        executed = fault is None or fault.kind not in (FaultKind.RESET_BEFORE, *_UNSERVED)
        number = self._call if executed else log.begin()
        log.append(
            Call(
                number, self._twin.clock.now().isoformat(), operation, request.method,
                request.path, status, fault.kind.value if fault else "", effects,
                round(time.monotonic() - began, 6), request.body if log.keep_bodies else b"",
            )
        )  # fmt: skip

    def _write(self, reply: TwinReply) -> None:
        if self._transport.is_closing():
            return
        date = format_datetime(self._twin.clock.now(), usegmt=True)
        self._transport.write(reply.to_bytes(date))
        if reply.close:
            self._transport.close()


def reset_connection(transport: asyncio.Transport) -> None:
    """Close with RST instead of FIN (SO_LINGER 0)."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
