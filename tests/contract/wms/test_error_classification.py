import json
from collections.abc import Sequence

import httpx
import pytest

from crossdock.connectors.wms.client import HEALTH, ORDERS, WmsClient, order_path
from crossdock.connectors.wms.contract import FulfilmentOrderState, Health
from crossdock.ports.errors import (
    Ambiguous,
    NotAuthorised,
    RateLimited,
    Rejected,
    Unavailable,
)
from crossdock.testing.contract.error_classification import (
    ErrorCase,
    ErrorClassification,
    ScriptedTransport,
    breaks,
    replies,
)

GOOD = json.dumps(
    {
        "version": "1.0", "time": "2026-11-21T08:00:00Z", "fulfilment_id": "F-1",
        "order_key": "k", "status": "received", "received_at": "2026-11-21T08:00:00Z",
    }
)  # fmt: skip


def said(code: str) -> str:
    return json.dumps({"code": code, "reason": "r", "field": "f"})


CASES = (
    ErrorCase("success", replies(200, GOOD), None, None),
    ErrorCase("created", replies(201, GOOD), None, None),
    ErrorCase("name not found", breaks(httpx.ConnectError), Unavailable, Unavailable),
    ErrorCase("connect time-out", breaks(httpx.ConnectTimeout), Unavailable, Unavailable),
    ErrorCase("no free connection", breaks(httpx.PoolTimeout), Unavailable, Unavailable),
    ErrorCase("reset while sending", breaks(httpx.WriteError), Unavailable, Ambiguous),
    ErrorCase("reset after sending", breaks(httpx.ReadError), Unavailable, Ambiguous),
    ErrorCase("no reply in time", breaks(httpx.ReadTimeout), Unavailable, Ambiguous),
    ErrorCase("closed without reply", breaks(httpx.RemoteProtocolError), Unavailable, Ambiguous),
    ErrorCase("301", replies(301, headers={"location": "https://x"}), Rejected, Rejected),
    ErrorCase("400", replies(400, said("bad_request")), Rejected, Rejected),
    ErrorCase("401", replies(401, said("unauthorised")), NotAuthorised, NotAuthorised),
    ErrorCase("403 page", replies(403, "<html>"), NotAuthorised, NotAuthorised),
    ErrorCase("404 of the API", replies(404, said("not_found")), Rejected, Rejected),
    ErrorCase("404 of something else", replies(404, "nginx"), NotAuthorised, NotAuthorised),
    ErrorCase("408", replies(408), Unavailable, Ambiguous),
    ErrorCase("409", replies(409, said("conflict")), Rejected, Rejected),
    ErrorCase("410", replies(410, said("cursor_expired")), Rejected, Rejected),
    ErrorCase("413", replies(413), Rejected, Rejected),
    ErrorCase("422", replies(422, said("unknown_sku")), Rejected, Rejected),
    ErrorCase("429 plain", replies(429), RateLimited, RateLimited, 5),
    ErrorCase("429 in 4 s", replies(429, "", {"retry-after": "4"}), RateLimited, RateLimited, 4),
    ErrorCase("429 now", replies(429, "", {"retry-after": "0"}), RateLimited, RateLimited, 1),
    ErrorCase("429 odd", replies(429, "", {"retry-after": "soon"}), RateLimited, RateLimited, 5),
    ErrorCase(
        "429 long", replies(429, "", {"retry-after": "999999"}), RateLimited, RateLimited, 3600
    ),
    ErrorCase("500", replies(500, said("unavailable")), Unavailable, Ambiguous),
    ErrorCase("502 page", replies(502, "<html>"), Unavailable, Ambiguous),
    ErrorCase("503 of the system", replies(503, said("unavailable")), Unavailable, Unavailable),
    ErrorCase("503 of a proxy", replies(503, "<html>"), Unavailable, Ambiguous),
    ErrorCase("no JSON", replies(200, "<html>"), Unavailable, Ambiguous),
    ErrorCase("empty", replies(204, ""), Unavailable, Ambiguous),
    ErrorCase("a list", replies(200, "[]"), Unavailable, Ambiguous),
    ErrorCase("a number too large", replies(200, "1" * 5000), Unavailable, Ambiguous),
    ErrorCase("nested too deep", replies(200, "[" * 100_000), Unavailable, Ambiguous),
    ErrorCase("nothing in it", replies(200, "{}"), Unavailable, Ambiguous),
)


def client(transport: httpx.BaseTransport) -> WmsClient:
    return WmsClient("https://wms.example/api", "token", transport)


class TestErrorClassification(ErrorClassification):
    @property
    def cases(self) -> Sequence[ErrorCase]:
        return CASES

    def read(self, transport: httpx.BaseTransport) -> None:
        client(transport).read(Health, HEALTH)

    def write(self, transport: httpx.BaseTransport) -> None:
        client(transport).write(FulfilmentOrderState, "PUT", order_path("F-1"), b"{}")


def test_the_request_carries_token_path_and_bytes():
    transport = ScriptedTransport(replies(200, GOOD))
    client(transport).write(FulfilmentOrderState, "PUT", order_path("F/1 é"), b'{"a":  1}')
    (request,) = transport.requests
    assert str(request.url) == f"https://wms.example/api{ORDERS}/F%2F1%20%C3%A9"
    assert request.headers["authorization"] == "Bearer token"
    assert request.content == b'{"a":  1}'


def test_a_refusal_names_field_code_and_remedy():
    with pytest.raises(Rejected) as refused:
        client(ScriptedTransport(replies(409, said("cancelled")))).read(Health, HEALTH)
    assert (refused.value.code, refused.value.field) == ("cancelled", "f")
    assert "new fulfilment id" in refused.value.remedy


def test_a_token_that_no_header_carries_is_refused():
    with pytest.raises(Rejected):
        WmsClient("https://wms.example", "ключ")
