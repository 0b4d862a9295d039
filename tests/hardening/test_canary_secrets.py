"""Secrets planted everywhere, and errors of every kind: nothing that is written has one."""

import json
import logging
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import structlog

from crossdock.bootstrap import manifest_of
from crossdock.engine.store import Store
from crossdock.governance.access import Role
from crossdock.governance.connections import add_connection
from tests.hardening.canaries import (
    CANARIES,
    SENT_BY_STRANGERS,
    all_text,
    command,
    found_in,
    process,
)
from tests.hardening.doors import SETTINGS, samples_of
from tests.hardening.hostile_server import Answer, Partner, Request, partner
from tests.hardening.raw_http import exchange, head
from tests.integration.api.conftest import key_for
from tests.support.api_server import free_port, signed, wait_for

SECRETS: Mapping[str, Mapping[str, list[str]]] = {
    "shopify": {"api_secret": ["env:SHOP_SECRET", "env:OLD_SECRET"],
                "access_token": ["env:SHOP_TOKEN"]},
    "odoo": {"key": ["env:ODOO_KEY"], "webhook_token": ["env:ODOO_URL_TOKEN"]},
    "wms": {"token": ["env:WMS_TOKEN"], "webhook_secret": ["env:WMS_SECRET"]},
}  # fmt: skip
STATUSES = (200, 400, 401, 403, 404, 422, 429, 500, 503)
AUTHORIZATION, COOKIE, URL_TOKEN, API_KEY, WRONG_KEY, PROXY, FORWARDED, QUERY = SENT_BY_STRANGERS
COMMANDS = (
    ("connections", "list"), ("connections", "check"), ("connections", "settings", "shopify"),
    ("status",), ("database", "where"),
    ("holds", "list"), ("orders", "list"), ("keys", "list"), ("audit", "list"),
    ("orders", "show", URL_TOKEN), ("connections", "check", "nobody"),
)  # fmt: skip


def echo(request: Request) -> Answer:
    """Every header and the body of the request, as an error of changing kind."""
    said = [*request.headers.values(), request.body.decode("latin-1"), request.path]
    echo.calls += 1  # type: ignore[attr-defined]
    body = {"name": "odoo.exceptions.UserError", "message": " ".join(said), "arguments": said,
            "errors": [{"message": " ".join(said)}], "error": said, "title": str(said),
            "detail": str(said)}  # fmt: skip
    status = STATUSES[echo.calls % len(STATUSES)]  # type: ignore[attr-defined]
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


@dataclass(slots=True)
class House:
    """Running processes, what surrounds them, and where they write."""

    port: int
    logs: list[Path]
    hostile: Partner

    def everything_logged(self) -> str:
        return "\n".join(log.read_text(errors="replace") for log in self.logs)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Commands shape the logs of their process."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


@pytest.fixture
def house(
    database: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    echo.calls = 0  # type: ignore[attr-defined]
    port = free_port()
    more = {"CROSSDOCK_DATABASE_URL": database, "COLUMNS": "200", "CROSSDOCK_COMPANY": "1"}
    for name, value in {**CANARIES, **more}.items():
        monkeypatch.setenv(name, value)
    environment = dict(os.environ)
    with partner(echo) as hostile:
        with store.transaction() as tx:
            for system, settings in SETTINGS.items():
                url = {n: hostile.url for n in settings if n in ("url", "shop_url")}
                add_connection(
                    tx, manifest_of(system), company_id=1, name=system, now=store.clock().now(),
                    settings={**settings, **url}, secrets=SECRETS[system],
                )  # fmt: skip
        logs = [tmp_path / "api.log", tmp_path / "worker.log"]
        running = [
            process(environment, logs[0], "-m", "crossdock.api.server", "--port", str(port)),
            process(environment, logs[1], "-m", "crossdock.cli", "worker", "--logs", "console",
                    "--public-url", "https://us.example"),
        ]  # fmt: skip
        try:
            yield House(port, logs, hostile)
        finally:
            for each in running:
                each.terminate()
            for each in running:
                each.wait(60)


def knock(house: House) -> str:
    """Webhooks and requests of friends and strangers; returns all answers."""
    order = samples_of("shopify")[1]
    strange = {
        "authorization": f"Bearer {AUTHORIZATION}", "cookie": f"session={COOKIE}",
        "x-api-key": API_KEY, "proxy-authorization": f"Basic {PROXY}",
        "x-forwarded-access-token": FORWARDED,
    }  # fmt: skip
    to_odoo = {**strange, "x-original-url": f"/hooks/odoo/{CANARIES['ODOO_URL_TOKEN']}"}
    strange["referer"] = f"https://x/{CANARIES['SHOP_SECRET']}"
    good = {**signed(order, secret=CANARIES["SHOP_SECRET"]), **strange}
    broken = {**signed(b"{", secret=CANARIES["OLD_SECRET"]), **strange}
    with httpx.Client(base_url=f"http://127.0.0.1:{house.port}", timeout=60) as client:
        replies = [
            client.post("/hooks/shopify", content=order, headers=good),
            client.post("/hooks/shopify", content=b"{", headers=broken),
            client.post("/hooks/shopify", content=order, headers=strange),
            client.post(f"/hooks/odoo/{CANARIES['ODOO_URL_TOKEN']}", headers=to_odoo,
                        content=b'{"_model": "sale.order"}'),
            client.post(f"/hooks/odoo/{CANARIES['ODOO_URL_TOKEN']}", headers=to_odoo, content=b"{"),
            client.post(f"/hooks/odoo/{URL_TOKEN}", headers=strange, content=b"{}"),
            client.post(f"/hooks/nobody/{URL_TOKEN}?token={QUERY}", headers=strange),
            client.get(f"/v1/orders/{URL_TOKEN}?token={QUERY}", headers=strange),
            client.get("/v1/orders", headers={"authorization": f"Bearer {WRONG_KEY}"}),
            client.post("/v1/holds/1/release", content=b"{", headers=strange),
        ]  # fmt: skip
    assert [r.status_code for r in replies] == [200, 200, 401, 200, 200, 401, 404, 401, 401, 401]
    lines = [f"authorization: Bearer {AUTHORIZATION}\0".encode(), b"content-length: x"]
    raw = exchange(house.port, head(lines)).raw
    return "\n".join([*(str(r.headers) + r.text for r in replies[:7] + replies[8:])]) + str(raw)


def swept(store: Store) -> bool:
    """Every stream has failed, and the message was decided about."""
    with store.transaction() as tx:
        streams = tx.rows("SELECT failures FROM stream")
        waiting = tx.rows("SELECT 1 FROM message WHERE state = 'waiting' AND attempts = 0")
    return len(streams) >= 9 and all(s.failures for s in streams) and not waiting


def backed_up(folder: Path) -> str:
    """All that a backup holds, as text: bytes stand in it as hexadecimal digits."""
    file = folder / "backup.zip"
    assert file.name in command("backup", str(file))
    with zipfile.ZipFile(file) as members:
        return "".join(members.read(name).decode() for name in members.namelist())


def test_no_secret_is_found_anywhere(house: House, store: Store, tmp_path: Path) -> None:
    key = key_for(store, Role.ADMIN)
    base = f"http://127.0.0.1:{house.port}"
    wait_for(lambda: answers(base), 60)
    replies = knock(house)
    wait_for(lambda: swept(store), 60)
    with httpx.Client(base_url=base, headers={"authorization": f"Bearer {key}"}) as client:
        for path in ("/v1/holds?limit=1000", "/v1/orders", "/v1/messages/1", "/v1/messages/2",
                     "/metrics", "/ready", "/openapi.json"):  # fmt: skip
            replies += client.get(path).text
    said = "\n".join(command(*words, *how) for words in COMMANDS for how in ((), ("--json",)))
    password = urlsplit(store.url).password or "no-password"
    own = {"the API key": key.split("_", 2)[2], "the database's password": password}
    found = {
        "answers": found_in(replies, own),
        "commands": leaked(said, own),
        "logs": leaked(house.everything_logged(), own),
        "backup": found_in(backed_up(tmp_path), own),
    }
    for table, row in all_text(store):
        found.setdefault(table, []).extend(found_in(row, own))
    assert {place: names for place, names in found.items() if names} == {}
    heard = "".join(str(r.headers) for r in house.hostile.heard)
    for name in ("SHOP_TOKEN", "ODOO_KEY", "WMS_TOKEN"):
        assert CANARIES[name] in heard, "the partner must have had what it repeats"
    assert "(hidden)" in "".join(row for _, row in all_text(store))


def leaked(text: str, more: Mapping[str, str]) -> list[str]:
    """What was typed into a command may stand in its answer."""
    return [name for name in found_in(text, more) if name != URL_TOKEN]


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:{}@127.0.0.1:1/none", "postgresql://u:{}@nobody.invalid/none",
        "postgresql://u:{}@host:port/db", "postgres//u:{}@host/db", "u:{}", "host=a password={} b",
        "mysql://u:{}@host/db", "postgresql://u:{}/@host/db", "postgresql://u:{}?@host/db",
        "postgresql://u@127.0.0.1:1/db?password={}",
    ],
)  # fmt: skip
def test_an_unusable_database_address_keeps_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", url.format(CANARIES["DATABASE_PASSWORD"]))
    said = "".join(command(*words) for words in (("status",), ("migrate",), ("database", "where")))
    assert said.strip()
    assert found_in(said) == []
