import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.queries import READ_INSTALLATION, TAG_ORDER
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

READ_OK = {"data": {"shop": {"name": "s"}}}


def throttled(requested: float, available: float, rate: float = 100) -> str:
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": rate}
    cost = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}
    return said("THROTTLED", extensions={"cost": cost})


def said(code: str, **more: Any) -> str:
    return json.dumps({"errors": [{"message": "m", "extensions": {"code": code}}], **more})


def client(transport: httpx.BaseTransport) -> ShopifyClient:
    return ShopifyClient("https://s.myshopify.com", "token", "2026-07", transport)


CASES = (
    ErrorCase("success", replies(200, json.dumps(READ_OK)), None, None),
    ErrorCase("name not found", breaks(httpx.ConnectError), Unavailable, Unavailable),
    ErrorCase("connect time-out", breaks(httpx.ConnectTimeout), Unavailable, Unavailable),
    ErrorCase("no free connection", breaks(httpx.PoolTimeout), Unavailable, Unavailable),
    ErrorCase("reset while sending", breaks(httpx.WriteError), Unavailable, Ambiguous),
    ErrorCase("reset after sending", breaks(httpx.ReadError), Unavailable, Ambiguous),
    ErrorCase("no reply in time", breaks(httpx.ReadTimeout), Unavailable, Ambiguous),
    ErrorCase("closed without reply", breaks(httpx.RemoteProtocolError), Unavailable, Ambiguous),
    ErrorCase("401", replies(401, '{"errors": "x"}'), NotAuthorised, NotAuthorised),
    ErrorCase("402", replies(402), NotAuthorised, NotAuthorised),
    ErrorCase("403", replies(403), NotAuthorised, NotAuthorised),
    ErrorCase("404", replies(404), NotAuthorised, NotAuthorised),
    ErrorCase("423", replies(423), NotAuthorised, NotAuthorised),
    ErrorCase("301", replies(301, headers={"location": "https://x"}), Rejected, Rejected),
    ErrorCase("400", replies(400), Rejected, Rejected),
    ErrorCase("408", replies(408), Unavailable, Ambiguous),
    ErrorCase("429 plain", replies(429), RateLimited, RateLimited, 2),
    ErrorCase("429 in 4 s", replies(429, "", {"retry-after": "4.0"}), RateLimited, RateLimited, 4),
    ErrorCase("429 odd", replies(429, "", {"retry-after": "soon"}), RateLimited, RateLimited, 2),
    ErrorCase(
        "429 long", replies(429, "", {"retry-after": "999999"}), RateLimited, RateLimited, 3600
    ),
    ErrorCase("500", replies(500), Unavailable, Ambiguous),
    ErrorCase("502 page", replies(502, "<html>"), Unavailable, Ambiguous),
    ErrorCase("503", replies(503), Unavailable, Ambiguous),
    ErrorCase("throttled", replies(200, throttled(752, 252)), RateLimited, RateLimited, 5),
    ErrorCase("throttled, enough", replies(200, throttled(1, 9)), RateLimited, RateLimited, 0),
    ErrorCase("throttled, no cost", replies(200, said("THROTTLED")), RateLimited, RateLimited, 2),
    ErrorCase("throttled, rate 0", replies(200, throttled(9, 1, 0)), RateLimited, RateLimited, 2),
    ErrorCase("access denied", replies(200, said("ACCESS_DENIED")), NotAuthorised, NotAuthorised),
    ErrorCase("shop inactive", replies(200, said("SHOP_INACTIVE")), NotAuthorised, NotAuthorised),
    ErrorCase("internal", replies(200, said("INTERNAL_SERVER_ERROR")), Unavailable, Ambiguous),
    ErrorCase("too costly", replies(200, said("MAX_COST_EXCEEDED")), Rejected, Rejected),
    ErrorCase("invalid", replies(200, said("undefinedField")), Rejected, Rejected),
    ErrorCase("half done", replies(200, said("X", data={"a": {}})), Rejected, Ambiguous),
    ErrorCase("errors as text", replies(200, '{"errors": "no"}'), Rejected, Rejected),
    ErrorCase("errors as object", replies(200, '{"errors": {"q": 1}}'), Rejected, Rejected),
    ErrorCase("errors of texts", replies(200, '{"errors": ["no"]}'), Rejected, Rejected),
    ErrorCase("no JSON", replies(200, "<html>"), Unavailable, Ambiguous),
    ErrorCase("empty", replies(200, ""), Unavailable, Ambiguous),
    ErrorCase("a list", replies(200, "[]"), Unavailable, Ambiguous),
    ErrorCase("a number too large", replies(200, "1" * 5000), Unavailable, Ambiguous),
    ErrorCase("nested too deep", replies(200, "[" * 100_000), Unavailable, Ambiguous),
    ErrorCase("neither", replies(200, "{}"), Unavailable, Ambiguous),
    ErrorCase("data is a list", replies(200, '{"data": []}'), Unavailable, Ambiguous),
)


class TestErrorClassification(ErrorClassification):
    @property
    def cases(self) -> Sequence[ErrorCase]:
        return CASES

    def read(self, transport: httpx.BaseTransport) -> None:
        client(transport).run(READ_INSTALLATION, {})

    def write(self, transport: httpx.BaseTransport) -> None:
        client(transport).run(TAG_ORDER, {"id": "gid://shopify/Order/1", "tags": ["t"]})


def test_the_request_carries_token_and_operation():
    transport = ScriptedTransport(replies(200, json.dumps(READ_OK)))
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
