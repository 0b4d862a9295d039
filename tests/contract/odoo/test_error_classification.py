import json
from typing import Any

import httpx
import pytest

from crossdock.connectors.odoo.client import OdooClient
from crossdock.ports.errors import NotAuthorised, NotYet, Rejected, Unavailable
from crossdock.testing.contract.error_case import JSON, replies, same, unknown
from crossdock.testing.contract.error_classification import ErrorClassification, ScriptedTransport

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


CASES = (
    same("bad key", answers(401, "werkzeug.exceptions.Unauthorized"), NotAuthorised),
    same("access", answers(403, "odoo.exceptions.AccessError"), NotAuthorised),
    same("unknown model", answers(404, "werkzeug.exceptions.NotFound"), Rejected),
    same("missing record", answers(404, "odoo.exceptions.MissingError"), Rejected),
    same("business rule", answers(422, "odoo.exceptions.UserError"), Rejected),
    same("constraint", answers(422, "odoo.exceptions.ValidationError"), Rejected),
    same("missing argument", answers(422, "werkzeug.exceptions.UnprocessableEntity"), Rejected),
    same("unknown field", answers(500, "builtins.ValueError"), Rejected),
    same("extra argument", answers(500, "builtins.TypeError"), Rejected),
    same("attribute", answers(500, "builtins.AttributeError"), Rejected),
    same("bad type", answers(500, "psycopg2.errors.InvalidTextRepresentation"), Rejected),
    same("serialization", answers(500, SERIALIZATION), Unavailable),
    same("deadlock", answers(500, "psycopg2.errors.DeadlockDetected"), Unavailable),
    same("lock", answers(500, "psycopg2.errors.LockNotAvailable"), Unavailable),
    unknown("database gone", answers(500, "psycopg2.OperationalError")),
    same("locked record", answers(409, "odoo.exceptions.LockError"), NotYet),
    same("malformed body", answers(400, "werkzeug.exceptions.BadRequest"), Rejected),
    same("moved", replies(301, headers={"location": "https://x"}), NotAuthorised),
    unknown("500 list", replies(500, "[]", JSON)),
)


def client(transport: httpx.BaseTransport) -> OdooClient:
    return OdooClient("https://odoo.example", "db", "key", transport=transport)


class TestErrorClassification(ErrorClassification):
    cases = CASES
    good = "[]"
    retry_after_default_seconds = 30

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
