"""Requests made from our own description, good and bad: what is answered is what is described.

Schemathesis makes them, the same ones in every run. Five hundreds are never an answer; what is not
described is never answered; nobody without a key is let in; no key sees another company.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import APIOperation

from crossdock.engine.store import Store
from crossdock.governance.access import Role
from tests.integration.api.conftest import key_for
from tests.support.api_server import Api, add_shop, api_in_thread, order_body

EXAMPLES = 12
"""Per operation and kind of data."""
CHECKED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "missing_required_header",
)  # fmt: skip
OPERATIONS = [
    "GET /health", "GET /ready", "GET /metrics", "GET /v1/orders", "GET /v1/orders/{id}",
    "GET /v1/orders/{id}/timeline", "GET /v1/holds", "POST /v1/holds/{hold_id}/release",
    "GET /v1/messages/{message_id}",
]  # fmt: skip
WITHOUT_DATA = {"GET /health", "GET /ready", "GET /metrics"}
CANARY = "note-of-company-one-only"

load_all_checks()
REPRODUCIBLE = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


@dataclass(slots=True)
class Described:
    """A running API with its description, and keys of two companies."""

    api: Api
    schema: Any
    ours: str
    theirs: str
    session: requests.Session

    def operation(self, name: str) -> APIOperation:
        method, path = name.split()
        found: APIOperation = self.schema[path][method]
        return found

    def ask(self, case: Case, key: str | None) -> requests.Response:
        given_headers = {n: v for n, v in (case.headers or {}).items() if n != "Authorization"}
        case.headers = given_headers  # type: ignore[assignment]
        sent = case.as_transport_kwargs(base_url=f"http://127.0.0.1:{self.api.port}")
        if key is not None:
            sent["headers"]["Authorization"] = f"Bearer {key}"
        return self.session.request(**sent, timeout=60, allow_redirects=False)


@pytest.fixture
def described(database: str, store: Store) -> Iterator[Described]:
    add_shop(store)
    with api_in_thread(database) as api, requests.Session() as session:
        session.trust_env = False
        for number in range(1, 4):
            assert api.post(order_body(number, note=CANARY)).status_code == 200
        assert api.post(b'{"' + CANARY.encode()).status_code == 200
        ours, theirs = (key_for(store, Role.ADMIN, company_id=c) for c in (1, 2))
        document = json.loads(api.get("/openapi.json", ours).content)
        yield Described(api, schemathesis.openapi.from_dict(document), ours, theirs, session)


def test_every_operation_is_asked(described: Described) -> None:
    paths = described.schema.raw_schema["paths"]
    found = {f"{m.upper()} {path}" for path, methods in paths.items() for m in methods}
    assert found == set(OPERATIONS)


def each(described: Described, mode: GenerationMode, judge: Callable[[Case], None]) -> None:
    """Judge the examples of every operation that has such data."""
    for name in OPERATIONS:
        operation = described.operation(name)
        if mode is GenerationMode.NEGATIVE and name in WITHOUT_DATA:
            continue
        REPRODUCIBLE(given(case=operation.as_strategy(mode))(judge))()


def as_described(case: Case, reply: requests.Response) -> requests.Response:
    ready = case.operation.label == "GET /ready"  # 503 is its answer: the deployment has no workers
    checks = [c for c in CHECKED if not (ready and c == "not_a_server_error")]
    found: list[Any] = [CHECKS.get_one(c) for c in checks]
    case.validate_response(reply, checks=found)
    return reply


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_answers_are_as_described(described: Described, mode: GenerationMode) -> None:
    def judge(case: Case) -> None:
        reply = as_described(case, described.ask(case, described.ours))
        assert reply.status_code != 401
        if reply.status_code >= 400 and case.operation.label != "GET /ready":
            assert is_problem(reply)

    each(described, mode, judge)


def test_nobody_is_let_in_without_a_key(described: Described) -> None:
    def judge(case: Case) -> None:
        for key in (None, "", "x", described.ours[:-1] + "!"):
            reply = as_described(case, described.ask(case, key))
            open_to_all = case.operation.label == "GET /health"
            assert (reply.status_code == 401) is not open_to_all
            assert open_to_all or is_problem(reply)
            assert CANARY not in reply.text

    each(described, GenerationMode.POSITIVE, judge)


def test_a_key_sees_nothing_of_another_company(described: Described) -> None:
    def judge(case: Case) -> None:
        assert CANARY not in as_described(case, described.ask(case, described.theirs)).text

    each(described, GenerationMode.POSITIVE, judge)
    assert CANARY in described.api.get("/v1/messages/1", described.ours).text
    for number in range(1, 5):
        assert described.api.get(f"/v1/messages/{number}", described.theirs).status_code == 404


def is_problem(reply: requests.Response) -> bool:
    problem = reply.json()
    return (
        reply.headers["content-type"] == "application/problem+json"
        and problem["status"] == reply.status_code
        and bool(problem["reason"] and problem["remedy"])
    )
