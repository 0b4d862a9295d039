import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from crossdock.connectors.odoo.client import OdooClient
from crossdock.ports.errors import (
    Ambiguous,
    NotAuthorised,
    NotYet,
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

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html; charset=utf-8"}
SERIALIZATION = "psycopg2.errors.SerializationFailure"


def said(name: str, message: str = "m") -> str:
    body = {
        "name": name,
        "message": message,
        "arguments": [],
        "context": {},
        "debug": "/srv/secret",
    }
    return json.dumps(body)


def answers(status: int, name: str) -> Any:
    return replies(status, said(name), JSON)


def case(name: str, answer: Any, both: Any) -> ErrorCase:
    return ErrorCase(name, answer, both, both)


CASES = (
    case("success", replies(200, "[]", JSON), None),
    case("name not found", breaks(httpx.ConnectError), Unavailable),
    case("connect time-out", breaks(httpx.ConnectTimeout), Unavailable),
    case("no free connection", breaks(httpx.PoolTimeout), Unavailable),
    ErrorCase("reset while sending", breaks(httpx.WriteError), Unavailable, Ambiguous),
    ErrorCase("send time-out", breaks(httpx.WriteTimeout), Unavailable, Ambiguous),
    ErrorCase("reset after sending", breaks(httpx.ReadError), Unavailable, Ambiguous),
    ErrorCase("no reply in time", breaks(httpx.ReadTimeout), Unavailable, Ambiguous),
    ErrorCase("closed without reply", breaks(httpx.RemoteProtocolError), Unavailable, Ambiguous),
    case("bad key", answers(401, "werkzeug.exceptions.Unauthorized"), NotAuthorised),
    case("access", answers(403, "odoo.exceptions.AccessError"), NotAuthorised),
    case("a cookie's 403 page", replies(403, "<html>", HTML), NotAuthorised),
    case("wrong database", replies(404, "<html>", HTML), NotAuthorised),
    case("unknown model", answers(404, "werkzeug.exceptions.NotFound"), Rejected),
    case("missing record", answers(404, "odoo.exceptions.MissingError"), Rejected),
    case("business rule", answers(422, "odoo.exceptions.UserError"), Rejected),
    case("constraint", answers(422, "odoo.exceptions.ValidationError"), Rejected),
    case("missing argument", answers(422, "werkzeug.exceptions.UnprocessableEntity"), Rejected),
    case("unknown field", answers(500, "builtins.ValueError"), Rejected),
    case("extra argument", answers(500, "builtins.TypeError"), Rejected),
    case("attribute", answers(500, "builtins.AttributeError"), Rejected),
    case("bad type", answers(500, "psycopg2.errors.InvalidTextRepresentation"), Rejected),
    case("serialization", answers(500, SERIALIZATION), Unavailable),
    case("deadlock", answers(500, "psycopg2.errors.DeadlockDetected"), Unavailable),
    case("lock", answers(500, "psycopg2.errors.LockNotAvailable"), Unavailable),
    ErrorCase("database gone", answers(500, "psycopg2.OperationalError"), Unavailable, Ambiguous),
    case("locked record", answers(409, "odoo.exceptions.LockError"), NotYet),
    case("malformed body", answers(400, "werkzeug.exceptions.BadRequest"), Rejected),
    case("content type", replies(415, "<html>", HTML), Rejected),
    case("too large", replies(413, "", HTML), Rejected),
    case("moved", replies(301, headers={"location": "https://x"}), NotAuthorised),
    ErrorCase("429", replies(429, "", {"retry-after": "4"}), RateLimited, RateLimited, 4),
    ErrorCase("429 odd", replies(429, "", {"retry-after": "soon"}), RateLimited, RateLimited, 30),
    ErrorCase("502 page", replies(502, "<html>", HTML), Unavailable, Ambiguous),
    ErrorCase("503 page", replies(503, "<html>", HTML), Unavailable, Ambiguous),
    ErrorCase("504 page", replies(504, "<html>", HTML), Unavailable, Ambiguous),
    ErrorCase("500 page", replies(500, "<html>", HTML), Unavailable, Ambiguous),
    ErrorCase("500 list", replies(500, "[]", JSON), Unavailable, Ambiguous),
    ErrorCase("500 cut", replies(500, '{"name": "bui', JSON), Unavailable, Ambiguous),
    ErrorCase("500 deep", replies(500, "[" * 100_000, JSON), Unavailable, Ambiguous),
    ErrorCase("200 page", replies(200, "<html>", HTML), Unavailable, Ambiguous),
    ErrorCase("200 cut", replies(200, '{"ids": [1', JSON), Unavailable, Ambiguous),
    ErrorCase("200 empty", replies(200, "", JSON), Unavailable, Ambiguous),
    ErrorCase("200 deep", replies(200, "[" * 100_000, JSON), Unavailable, Ambiguous),
)


def client(transport: httpx.BaseTransport) -> OdooClient:
    return OdooClient("https://odoo.example", "db", "key", transport=transport)


class TestErrorClassification(ErrorClassification):
    @property
    def cases(self) -> Sequence[ErrorCase]:
        return CASES

    def read(self, transport: httpx.BaseTransport) -> None:
        client(transport).read("res.partner", "search_read", domain=[])

    def write(self, transport: httpx.BaseTransport) -> None:
        client(transport).write("sale.order", "action_confirm", ids=[1])

    def test_the_words_do_not_matter(self):
        for words in ("could not serialize access", "Zugriff verweigert", ""):
            transport = ScriptedTransport(
                replies(422, said("odoo.exceptions.UserError", words), JSON)
            )
            with pytest.raises(Rejected):
                self.write(transport)

    def test_tracebacks_are_never_kept(self):
        with pytest.raises(Rejected) as caught:
            self.write(ScriptedTransport(answers(500, "builtins.ValueError")))
        assert "secret" not in repr(vars(caught.value))


def test_the_request_carries_key_database_and_context():
    transport = ScriptedTransport(replies(200, "[]", JSON))
    odoo = OdooClient("https://odoo.example/", "db", "key", company_id=3, transport=transport)
    odoo.read("res.partner", "search_read", domain=[], context={"active_test": False})
    (request,) = transport.requests
    assert str(request.url) == "https://odoo.example/json/2/res.partner/search_read"
    assert request.headers["authorization"] == "bearer key"
    assert request.headers["x-odoo-database"] == "db"
    assert json.loads(request.content)["context"] == {
        "lang": "en_US", "tz": "UTC", "allowed_company_ids": [3], "active_test": False,
    }  # fmt: skip


def test_cookies_are_never_kept():
    headers = {**JSON, "set-cookie": "session_id=x; Path=/"}
    transport = ScriptedTransport(replies(200, "[]", headers))
    odoo = client(transport)
    odoo.read("res.partner", "search_read")
    odoo.read("res.partner", "search_read")
    assert all("cookie" not in request.headers for request in transport.requests)


def test_numbers_stay_exact():
    odoo = client(ScriptedTransport(replies(200, "[0.1, 31.02]", JSON)))
    assert [str(n) for n in odoo.read("sale.order", "read")] == ["0.1", "31.02"]


def test_a_key_that_no_header_can_carry_is_refused_with_its_remedy():
    with pytest.raises(Rejected) as caught:
        OdooClient("https://odoo.example", "db", "schlüssel\u2026")
    assert caught.value.remedy
