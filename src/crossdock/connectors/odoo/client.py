"""Odoo's JSON-2 wire: POST /json/2/<model>/<method>, one call is one transaction.

Recorded on 19.0 (calls 00 to 271, err_*). Odoo reached directly closes the connection after each
reply; a session cookie of another database would be refused, so no cookie is ever kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from crossdock.connectors.odoo.error_classification import error_of, is_json, unknown_outcome
from crossdock.ports.errors import ConnectorError, Rejected, Unavailable
from crossdock.transports.http import open_client

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
WRITE_SECONDS = 150.0
"""Past Odoo's limit_time_real (120 s): a worker that still writes is waited for."""
_NOT_SENT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol,
    httpx.ProxyError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What `/json/version` says, and the server's clock (None without a Date header)."""

    version: str
    major: int
    date: str


class OdooClient:
    """One database of one Odoo server. Thread-safe. Raises Rejected for an unusable address."""

    def __init__(
        self,
        url: str,
        database: str,
        key: str,
        company_id: int | None = None,
        transport: httpx.BaseTransport | None = None,
        *,
        private_network: bool = True,
    ) -> None:
        self._context: dict[str, Any] = {"lang": "en_US", "tz": "UTC"}
        if company_id is not None:
            self._context["allowed_company_ids"] = [company_id]
        try:
            self._http = open_client(
                base_url=url.rstrip("/"),
                headers={"Authorization": f"bearer {key}", "X-Odoo-Database": database},
                transport=transport,
                private_network=private_network,
                secrets=[key],
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Rejected(
                f"settings of the Odoo connection: {error}",
                field="url",
                remedy="give url as https://odoo.example and an API key of plain letters",
            ) from error

    def close(self) -> None:
        self._http.close()

    def read(self, model: str, method: str, **parameters: Any) -> Any:
        """A call that changes nothing. Numbers with a point come as Decimal."""
        return self._call(model, method, parameters, writes=False)

    def write(self, model: str, method: str, **parameters: Any) -> Any:
        """A call that may change something: an unknown outcome is raised as Ambiguous."""
        return self._call(model, method, parameters, writes=True)

    def version(self) -> ServerVersion:
        """The server's version, asked without authentication. Raises Unavailable."""
        status, headers, body = self._send(
            self._http.build_request("GET", "/json/version", timeout=CONNECT_SECONDS),
            "version", writes=False,
        )  # fmt: skip
        try:
            info = json.loads(body)
            major, text = int(info["version_info"][0]), str(info["version"])
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Unavailable(
                f"GET /json/version answered {status} and no version of Odoo",
                remedy="correct the setting url; Odoo 19 or newer is needed",
            ) from error
        return ServerVersion(text, major, headers.get("date", ""))

    def _call(self, model: str, method: str, parameters: Mapping[str, Any], *, writes: bool) -> Any:
        context = {**self._context, **parameters.get("context", {})}
        call = f"{model}/{method}"
        request = self._http.build_request(
            "POST",
            f"/json/2/{call}",
            content=json.dumps({**parameters, "context": context}, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
            timeout=httpx.Timeout(
                WRITE_SECONDS if writes else READ_SECONDS, connect=CONNECT_SECONDS
            ),
        )
        status, headers, body = self._send(request, call, writes=writes)
        content_type = headers.get("content-type", "")
        if status != 200 or not is_json(content_type):
            raise error_of(
                status, content_type, body, call=call, writes=writes,
                retry_after=headers.get("retry-after", ""),
            )  # fmt: skip
        try:
            return json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            reason = f"{call}: the reply is cut short or no JSON"
            raise unknown_outcome(reason, writes=writes, code="unreadable_reply") from error

    def _send(
        self, request: httpx.Request, call: str, *, writes: bool
    ) -> tuple[int, httpx.Headers, bytes]:
        try:
            reply = self._http.send(request, stream=True)
            try:
                return reply.status_code, reply.headers, reply.read()
            finally:
                reply.close()
        except _NOT_SENT as error:
            raise Unavailable(
                f"{call}: {self._http.base_url} is not reached: {error}",
                remedy="see whether Odoo runs and the network lets us through",
                code="not_reached",
            ) from error
        except httpx.HTTPError as error:
            raise _lost(call, error, writes=writes) from error


def _lost(call: str, error: httpx.HTTPError, *, writes: bool) -> ConnectorError:
    kind = "timed out" if isinstance(error, httpx.TimeoutException) else "connection lost"
    return unknown_outcome(
        f"{call}: {kind} before the reply ({type(error).__name__})", writes=writes, code="no_reply"
    )


def clock_difference_seconds(date: str, now_timestamp: float) -> float | None:
    """The server's Date header minus our instant; None when it cannot be read."""
    try:
        return parsedate_to_datetime(date).timestamp() - now_timestamp
    except (ValueError, TypeError):
        return None
