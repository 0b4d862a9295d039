"""Keeps clients from addresses that no connection may lead to (`ports.destination`).

A name is judged by the address that was really connected to, after the connection and before the
first byte, so that no answer of the name service can lead elsewhere between a check and a call.
Behind a proxy the proxy connects: of those requests the host itself is judged as it is written.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from crossdock.ports.destination import literal, refusal
from crossdock.ports.errors import Unavailable

CONNECTING, CONNECTED = "connection.connect_tcp.started", "connection.connect_tcp.complete"


def guard(*, private: bool) -> Callable[[httpx.Request], None]:
    """A hook for every request of a client. It raises Unavailable; nothing was sent then."""

    def guarded(request: httpx.Request) -> None:
        host = request.url.raw_host.decode("ascii")
        address = literal(host)
        if address is not None:
            _judge(host, address, private=private)
        request.extensions["trace"] = _Connecting(host, private=private)

    return guarded


class _Connecting:
    """Follows one request as it connects: hears the steps of the HTTP library."""

    def __init__(self, host: str, *, private: bool) -> None:
        self._host = host
        self._private = private
        self._direct = False

    def __call__(self, step: str, info: Mapping[str, Any]) -> None:
        if step == CONNECTING:
            self._direct = info["host"] == self._host
        elif step == CONNECTED and self._direct:
            stream = info["return_value"]
            peer = stream.get_extra_info("server_addr")
            try:
                _judge(self._host, str(peer[0]), private=self._private)
            except Unavailable:
                stream.close()
                raise


def _judge(host: str, address: str, *, private: bool) -> None:
    reason = refusal(address, private=private)
    if reason is not None:
        raise Unavailable(
            f"{host[:200]} is not called: its address {address} {reason}",
            remedy="correct the connection's address, or its setting private_network",
            code="not_reached",
        )
