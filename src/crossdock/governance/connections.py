"""Configured connections: an account of a system, its settings and references to its secrets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crossdock.engine.store import Transaction, json_value, load_queries
from crossdock.ports.manifest import COMMON_SETTINGS, Manifest
from crossdock.ports.setting import BadSetting, Setting

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
    down_since: datetime | None = None
    """It does not answer, and is left alone but for a try now and then."""
    down_reason: str | None = None
    left_out: str | None = None
    """Why the process that started last does nothing with it."""


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


def note_left_out(tx: Transaction, reasons: Mapping[str, str]) -> None:
    """Keep which connections a lasting process left out when it started, and why."""
    tx.run(SQL.note_left_out, names=list(reasons), reasons=list(reasons.values()))


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is of a connection."""

    messages: int
    effects: int
    mappings: int
    streams: int
    records: int
    """Rows of its projections."""

    @property
    def removable(self) -> bool:
        return not (self.messages or self.effects)


def traces_of(tx: Transaction, name: str) -> Traces:
    """All that hangs on a connection."""
    row = tx.row(SQL.traces, name=name)
    assert row is not None
    return Traces(*row)


def remove_connection(tx: Transaction, name: str) -> None:
    """Remove a connection with its mappings, streams and projections.

    Raises BadConnection while there are messages or effects of it: they must stay explainable.
    """
    tx.row(SQL.lock_connection, name=name)
    found = traces_of(tx, name)
    if not found.removable:
        raise BadConnection(
            f"{name} cannot be removed: there are {found.messages} messages and {found.effects} "
            f"effects of it, and they stay explainable; `crossdock connections pause {name}` "
            "stops everything that is sent to it"
        )
    for statement in (SQL.drop_attachments, SQL.drop_connection):
        tx.run(statement, name=name)


def checked_settings(
    manifest: Manifest, settings: Mapping[str, str], secrets: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The settings with defaults filled in. Raises BadConnection naming what is wrong."""
    known = {s.name: s for s in (*COMMON_SETTINGS, *manifest.settings)}
    for name in [*settings, *secrets]:
        if name not in known:
            raise BadConnection(
                f"{manifest.system} has no setting {name!r}; it has {', '.join(known)}"
            )
    complete = _common(settings)
    for setting in manifest.settings:
        given = secrets.get(setting.name) if setting.secret else settings.get(setting.name)
        if given is None and setting.default is None:
            option = (
                f"--secret {setting.name}=env:…" if setting.secret else f"--set {setting.name}=…"
            )
            raise BadConnection(
                f"setting {setting.name!r} is missing: {setting.description}; add `{option}`"
            )
        if setting.secret:
            if setting.name in settings:
                raise BadConnection(
                    f"{setting.name!r} is a secret: give a reference, env:NAME or file:PATH"
                )
            continue
        complete[setting.name] = _parsed(
            setting, str(given if given is not None else setting.default)
        )
    return complete


def _common(settings: Mapping[str, str]) -> dict[str, str]:
    """Those of the settings that every connection can be given, as far as they are given."""
    return {s.name: _parsed(s, settings[s.name]) for s in COMMON_SETTINGS if s.name in settings}


def _parsed(setting: Setting, value: str) -> str:
    try:
        return setting.parse(value)
    except BadSetting as error:
        raise BadConnection(str(error)) from error


def unknown_connections(
    manifest: Manifest, settings: Mapping[str, str], known: Collection[str]
) -> list[str]:
    """What is wrong with settings that name other connections: one sentence for each."""
    return [
        f"setting {s.name!r} names {name!r}, and there is no such connection (configured: "
        f"{', '.join(sorted(known)) or 'none'}): add that one first, or correct the name"
        for s in manifest.settings
        for name in s.connections(settings.get(s.name, ""))
        if name not in known
    ]
