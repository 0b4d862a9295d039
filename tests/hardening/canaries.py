"""Recognisable secrets in every place that has one, and where they must not turn up."""

import base64
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from typer.testing import CliRunner

from crossdock.cli.main import app
from crossdock.engine.store import Store

CANARIES: Mapping[str, str] = {
    "SHOP_SECRET": "canary-01-shop/api+secret", "SHOP_TOKEN": "shpat_canary-02-token",
    "ODOO_KEY": "canary03odookey", "ODOO_URL_TOKEN": "canary-04-url-token",
    "WMS_TOKEN": "canary-05-wms-token", "WMS_SECRET": "canary-06-wms-secret",
    "OLD_SECRET": "canary-07-old-secret", "DATABASE_PASSWORD": "canary-08-password",
}  # fmt: skip
"""By the variable that they are configured in."""
SENT_BY_STRANGERS = (
    "canary-11-authorization", "canary-12-cookie", "canary-13-guessed-url-token",
    "canary-14-api-key-header", "canary-15-wrong-api-key", "canary-16-proxy-authorization",
    "canary-17-forwarded-token", "canary-18-query",
)  # fmt: skip
"""What arrives in headers and addresses, and is somebody's secret."""


def forms(secret: str) -> Iterator[str]:
    """A secret as it may have been written on its way."""
    yield secret
    yield quote(secret, safe="")
    yield secret.replace("/", "\\/")
    yield base64.b64encode(secret.encode()).decode()
    yield secret.encode().hex()


def found_in(text: str, more: Mapping[str, str] | None = None) -> list[str]:
    """The secrets that a text gives away, by name."""
    named = {**CANARIES, **{s: s for s in SENT_BY_STRANGERS}, **(more or {})}
    return [name for name, secret in named.items() if any(f in text for f in forms(secret))]


def all_text(store: Store) -> Iterator[tuple[str, str]]:
    """Every row of every table as text; bytes also as what they spell."""
    with store.transaction() as tx:
        tables = tx.rows(
            "SELECT table_schema AS s, table_name AS t FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for table in tables:
            name = f'"{table.s}"."{table.t}"'
            for row in tx.rows(f"SELECT r.*, r::text AS everything FROM {name} r"):
                yield name, " ".join(_spelt(value) for value in row)


def _spelt(value: object) -> str:
    plain = bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None
    return str(value) if plain is None else plain.decode("latin-1")


def command(*words: str) -> str:
    """What a command line prints, in this process and its environment."""
    result = CliRunner().invoke(app, list(words))
    shown = "".join(traceback.format_exception(result.exception)) if result.exception else ""
    return result.output + shown


def process(environment: Mapping[str, str], log: Path, *words: str) -> subprocess.Popen[bytes]:
    """A lasting process, with all it says in one file."""
    return subprocess.Popen(
        [sys.executable, *words], env=dict(environment), stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )  # fmt: skip
