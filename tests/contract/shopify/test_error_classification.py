import json
from typing import Any

import httpx
import pytest

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.queries import READ_INSTALLATION, TAG_ORDER
from crossdock.ports.errors import Ambiguous, NotAuthorised, RateLimited, Rejected
from crossdock.testing.contract.error_case import ErrorCase, limited, replies, same, unknown
from crossdock.testing.contract.error_classification import ErrorClassification, ScriptedTransport

GOOD = '{"data": {"shop": {"name": "s"}}}'


def throttled(requested: float, available: float, rate: float = 100) -> str:
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": rate}
    cost = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}
    return said("THROTTLED", extensions={"cost": cost})


def said(code: str, **more: Any) -> str:
    return json.dumps({"errors": [{"message": "m", "extensions": {"code": code}}], **more})


def client(transport: httpx.BaseTransport) -> ShopifyClient:
    return ShopifyClient("https://s.myshopify.com", "token", "2026-07", transport)


CASES = (
    same("402", replies(402), NotAuthorised),
    same("423", replies(423), NotAuthorised),
    same("301", replies(301, headers={"location": "https://x"}), Rejected),
    limited("throttled", replies(200, throttled(752, 252)), 5),
    limited("throttled, enough", replies(200, throttled(1, 9)), 0),
    limited("throttled, no cost", replies(200, said("THROTTLED")), 2),
    limited("throttled, rate 0", replies(200, throttled(9, 1, 0)), 2),
    same("access denied", replies(200, said("ACCESS_DENIED")), NotAuthorised),
    same("shop inactive", replies(200, said("SHOP_INACTIVE")), NotAuthorised),
    unknown("internal", replies(200, said("INTERNAL_SERVER_ERROR"))),
    same("too costly", replies(200, said("MAX_COST_EXCEEDED")), Rejected),
    same("invalid", replies(200, said("undefinedField")), Rejected),
    ErrorCase("half done", replies(200, said("X", data={"a": {}})), Rejected, Ambiguous),
    same("errors as text", replies(200, '{"errors": "no"}'), Rejected),
    same("errors as object", replies(200, '{"errors": {"q": 1}}'), Rejected),
    same("errors of texts", replies(200, '{"errors": ["no"]}'), Rejected),
    unknown("a list", replies(200, "[]")),
    unknown("neither", replies(200, "{}")),
    unknown("data is a list", replies(200, '{"data": []}')),
)


class TestErrorClassification(ErrorClassification):
    cases = CASES
    good = GOOD
    retry_after_default_seconds = 2

    def read(self, transport: httpx.BaseTransport) -> None:
        client(transport).run(READ_INSTALLATION, {})

    def write(self, transport: httpx.BaseTransport) -> None:
        client(transport).run(TAG_ORDER, {"id": "gid://shopify/Order/1", "tags": ["t"]})


def test_the_request_carries_token_and_operation():
    transport = ScriptedTransport(replies(200, GOOD))
    client(transport).run(READ_INSTALLATION, {})
    (request,) = transport.requests
    assert str(request.url) == "https://s.myshopify.com/admin/api/2026-07/graphql.json"
    assert request.headers["x-shopify-access-token"] == "token"
    assert json.loads(request.content)["operationName"] == "ReadInstallation"


def test_the_bucket_is_remembered_also_when_throttled():
    shop = client(ScriptedTransport(replies(200, throttled(752, 252))))
    with pytest.raises(RateLimited):
        shop.run(READ_INSTALLATION, {})
    assert shop.throttle is not None
    assert shop.throttle.currently_available == 252


@pytest.mark.parametrize(
    "extensions",
    [
        "[]",
        '{"cost": 1}',
        '{"cost": {"throttleStatus": 1}}',
        '{"cost": {"throttleStatus": {"restoreRate": "x"}}}',
    ],
)
def test_an_odd_throttle_status_is_ignored(extensions: str):
    body = f'{{"data": {{}}, "extensions": {extensions}}}'
    shop = client(ScriptedTransport(replies(200, body)))
    assert shop.run(READ_INSTALLATION, {}) == {}
    assert shop.throttle is None
