"""Configured connections: an account of a system, its settings and references to its secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crossdock.engine.store import Transaction, json_value, load_queries
from crossdock.ports.manifest import Manifest

SQL = load_queries(__package__, "connections.sql")


class BadConnection(ValueError):
    """Settings that the manifest does not allow, or a name that is taken."""


@dataclass(frozen=True, slots=True)
class ConfiguredConnection:
    """A connection as stored: secrets are references."""

    connection_id: int
    company_id: int
    name: str
    system: str
    settings: Mapping[str, str]
    secrets: Mapping[str, Sequence[str]]
    paused: bool
    concurrency_limit: int


def list_connections(tx: Transaction) -> list[ConfiguredConnection]:
    """Every connection that the session may see."""
    return [ConfiguredConnection(*row) for row in tx.rows(SQL.list_connections)]


def add_company(tx: Transaction, company_id: int, code: str, name: str) -> None:
    """Add a company; its business rows are seen by its own sessions only."""
    tx.run(SQL.add_company, company_id=company_id, code=code, name=name)


def list_companies(tx: Transaction) -> list[Any]:
    """Rows of company_id, code, name."""
    return tx.rows(SQL.list_companies)


def add_connection(
    tx: Transaction,
    manifest: Manifest,
    *,
    company_id: int,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, Sequence[str]],
    now: datetime,
) -> int:
    """Add or reconfigure a connection; returns its number.

    Raises BadConnection for a setting the manifest does not know, a missing one, a value outside
    its choices, or a name that another system or company uses.
    """
    complete = checked_settings(manifest, settings, secrets)
    row = tx.row(
        SQL.add_connection,
        company_id=company_id,
        name=name,
        system=manifest.system,
        settings=json_value(complete),
        secrets=json_value({k: list(v) for k, v in secrets.items()}),
        concurrency=int(complete.get("workers") or manifest.concurrency_max),
        now=now,
    )
    if row is None:
        raise BadConnection(f"the name {name!r} belongs to another company or system already")
    connection_id: int = row.connection_id
    return connection_id


def pause_connection(tx: Transaction, name: str, *, paused: bool) -> bool:
    """Stop or resume sweeping it and sending to it; False when there is no such connection."""
    return tx.row(SQL.pause_connection, name=name, paused=paused) is not None


def checked_settings(
    manifest: Manifest, settings: Mapping[str, str], secrets: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The settings with defaults filled in. Raises BadConnection naming what is wrong."""
    known = {s.name: s for s in manifest.settings}
    for name in [*settings, *secrets]:
        if name not in known:
            raise BadConnection(
                f"{manifest.system} has no setting {name!r}; it has {', '.join(known)}"
            )
    complete: dict[str, str] = {}
    for setting in manifest.settings:
        given = secrets.get(setting.name) if setting.secret else settings.get(setting.name)
        if given is None and setting.default is None:
            raise BadConnection(f"setting {setting.name!r} is missing: {setting.description}")
        if setting.secret:
            if setting.name in settings:
                raise BadConnection(
                    f"{setting.name!r} is a secret: give a reference, env:NAME or file:PATH"
                )
            continue
        value = str(given if given is not None else setting.default)
        if setting.choices and value not in setting.choices:
            raise BadConnection(
                f"{setting.name} is one of {', '.join(setting.choices)}, not {value!r}"
            )
        complete[setting.name] = value
    return complete
