"""The wire: GraphQL Admin API over HTTPS, with its errors named by what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from crossdock.connectors.shopify.address import is_loopback
from crossdock.connectors.shopify.queries import Document
from crossdock.connectors.shopify.replies import (
    ThrottleStatus,
    read_body,
    read_data,
    refuse_status,
    throttle_status,
    unknown_outcome,
)
from crossdock.ports.errors import Unavailable
from crossdock.transports.http import open_client

CONNECT_TIMEOUT_SECONDS = 5.0
REPLY_TIMEOUT_SECONDS = 30.0
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures before a byte of the request was written."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the headers of a reply say: the shop's clock and the API version that was served."""

    date: str
    api_version: str


class ShopifyClient:
    """One shop's Admin API. Thread-safe.

    Raises Unavailable, RateLimited, Ambiguous, Rejected and NotAuthorised of `ports.errors`.
    Source: vendor pages "GraphQL Admin API" and "API rate limits".
    """

    def __init__(
        self,
        shop_url: str,
        access_token: str,
        api_version: str,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = f"{shop_url.rstrip('/')}/admin/api/{api_version}/graphql.json"
        self._http = open_client(
            headers={"X-Shopify-Access-Token": access_token, "Accept": "application/json"},
            timeout=httpx.Timeout(REPLY_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            transport=transport,
            proxy_of_environment=not is_loopback(shop_url),
            private_network=is_loopback(shop_url),
            secrets=[access_token],
        )
        self.throttle: ThrottleStatus | None = None
        """The bucket as the last reply described it."""
        self.server: ServerFacts | None = None

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def run(self, document: Document, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Send a document; answers its `data`."""
        response = self._post(document, variables)
        self.server = ServerFacts(
            date=response.headers.get("date", ""),
            api_version=response.headers.get("x-shopify-api-version", ""),
        )
        refuse_status(document, response.status_code, response.headers)
        reply = read_body(document, response.content)
        self.throttle = throttle_status(reply) or self.throttle
        return read_data(document, reply)

    def _post(self, document: Document, variables: Mapping[str, Any]) -> httpx.Response:
        payload = {"query": document.text, "variables": variables, "operationName": document.name}
        try:
            return self._http.post(self._url, json=payload)
        except NOT_SENT as error:
            reason = f"{document.name}: the shop is not reached ({type(error).__name__})"
            remedy = "check shop_url and the network"
            raise Unavailable(reason, remedy=remedy, code="not_reached") from error
        except httpx.HTTPError as error:
            reason = f"no reply after sending ({type(error).__name__})"
            raise unknown_outcome(document, reason, "no_reply") from error
