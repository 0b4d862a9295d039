"""The wire: the Warehouse API over HTTPS, with its errors named by what to do next."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from crossdock.connectors.wms.address import is_loopback
from crossdock.connectors.wms.replies import (
    Call,
    read_as,
    read_json,
    refuse_status,
    unknown_outcome,
)
from crossdock.ports.errors import Rejected, Unavailable
from crossdock.transports.http import open_client

CONNECT_TIMEOUT_SECONDS = 5.0
REPLY_TIMEOUT_SECONDS = 30.0
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures before a byte of the request was written."""
ORDERS = "/v1/fulfilment-orders"
EVENTS = "/v1/events"
HEALTH = "/v1/health"
SUBSCRIPTIONS = "/v1/webhook-subscriptions"
M = TypeVar("M", bound=BaseModel)


def order_path(fulfilment_id: str) -> str:
    """Where one fulfilment order stands."""
    return f"{ORDERS}/{quote(fulfilment_id, safe='')}"


def cancellation_path(fulfilment_id: str) -> str:
    """Where the warehouse decides about a cancellation."""
    return f"{order_path(fulfilment_id)}/cancellation"


class WmsClient:
    """One warehouse system. Thread-safe.

    Raises Unavailable, RateLimited, Ambiguous, Rejected and NotAuthorised of `ports.errors`;
    Rejected also for a token that no header can carry.
    """

    def __init__(
        self,
        url: str,
        token: str,
        transport: httpx.BaseTransport | None = None,
        *,
        private_network: bool = True,
    ) -> None:
        self._url = url
        try:
            self._http = open_client(
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                timeout=httpx.Timeout(REPLY_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
                transport=transport,
                proxy_of_environment=not is_loopback(url),
                private_network=private_network,
                secrets=[token],
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            remedy = "give the token as plain letters and digits"
            raise Rejected("the token cannot be sent", field="token", remedy=remedy) from error

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def read(self, model: type[M], path: str, query: Mapping[str, str] | None = None) -> M:
        """GET: changes nothing."""
        call = Call(f"GET {path}", changes=False)
        return read_as(model, call, self._exchange(call, "GET", path, query=query))

    def write(self, model: type[M], method: str, path: str, body: bytes) -> M:
        """A request with an effect. `body` goes out as it is."""
        call = Call(f"{method} {path}", changes=True)
        return read_as(model, call, self._exchange(call, method, path, body=body))

    def _exchange(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            reply = self._http.request(
                method, self._url + path, params=query, content=body, headers=headers
            )
        except NOT_SENT as error:
            reason = f"{call.name}: the warehouse system is not reached ({type(error).__name__})"
            remedy = "check url and the network"
            raise Unavailable(reason, remedy=remedy, code="not_reached") from error
        except httpx.HTTPError as error:
            reason = f"no reply after sending ({type(error).__name__})"
            raise unknown_outcome(call, reason, "no_reply") from error
        refuse_status(call, reply.status_code, reply.headers, reply.content)
        return read_json(call, reply.content)
