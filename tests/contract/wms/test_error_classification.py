import json

import httpx
import pytest

from crossdock.connectors.wms.client import HEALTH, ORDERS, WmsClient, order_path
from crossdock.connectors.wms.contract import FulfilmentOrderState, Health
from crossdock.ports.errors import NotAuthorised, Rejected, Unavailable
from crossdock.testing.contract.error_case import ErrorCase, replies, same, unknown
from crossdock.testing.contract.error_classification import ErrorClassification, ScriptedTransport

GOOD = json.dumps(
    {
        "version": "1.0", "time": "2026-11-21T08:00:00Z", "fulfilment_id": "F-1",
        "order_key": "k", "status": "received", "received_at": "2026-11-21T08:00:00Z",
    }
)  # fmt: skip


def said(code: str) -> str:
    return json.dumps({"code": code, "reason": "r", "field": "f"})


CASES = (
    ErrorCase("created", replies(201, GOOD), None, None),
    same("301", replies(301, headers={"location": "https://x"}), Rejected),
    same("400", replies(400, said("bad_request")), Rejected),
    same("401", replies(401, said("unauthorised")), NotAuthorised),
    same("404 of the API", replies(404, said("not_found")), Rejected),
    same("409", replies(409, said("conflict")), Rejected),
    same("410", replies(410, said("cursor_expired")), Rejected),
    same("422", replies(422, said("unknown_sku")), Rejected),
    unknown("500", replies(500, said("unavailable"))),
    same("503 of the system", replies(503, said("unavailable")), Unavailable),
    unknown("empty", replies(204, "")),
    unknown("a list", replies(200, "[]")),
    unknown("nothing in it", replies(200, "{}")),
)


def client(transport: httpx.BaseTransport) -> WmsClient:
    return WmsClient("https://wms.example/api", "token", transport)


class TestErrorClassification(ErrorClassification):
    cases = CASES
    good = GOOD
    retry_after_default_seconds = 5

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
