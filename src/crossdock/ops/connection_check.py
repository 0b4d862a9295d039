"""Examine and maintain connections: each finding with its remedy, no failure hides another."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from crossdock.governance.connections import ConfiguredConnection, unknown_connections
from crossdock.governance.secrets import SecretMissing, resolve_secrets
from crossdock.ports.capabilities import (
    Checks,
    Connection,
    Connector,
    ConnectorFactory,
    Maintains,
)
from crossdock.ports.check import CheckResult, Verdict
from crossdock.ports.errors import ConnectorError

FactoryOf = Callable[[str], ConnectorFactory]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found on one connection."""

    connection: str
    system: str
    results: Sequence[CheckResult]

    @property
    def failed(self) -> bool:
        return any(r.verdict is Verdict.FAILED for r in self.results)


def check_connection(
    configured: ConfiguredConnection,
    factory_of: FactoryOf,
    now: datetime,
    known: Collection[str] | None = None,
) -> Examined:
    """Ask the connector to examine its own rights, features, key expiry, clock, subscriptions.

    `known`: names of all connections; settings that name another one are then checked as well.
    """

    def look(connector: Connector) -> Sequence[CheckResult]:
        named = _named(configured, connector, known)
        if isinstance(connector, Checks):
            return [*named, *connector.check(now)]
        words = "this connector cannot check itself"
        return [*named, CheckResult("check", Verdict.WARNING, words)]

    return _examine(configured, factory_of, look)


def maintain_connection(
    configured: ConfiguredConnection, factory_of: FactoryOf, now: datetime, receive_url: str
) -> Examined:
    """Let the connector mend what it can: re-arm webhooks at `receive_url`, renew what expires."""

    def mend(connector: Connector) -> Sequence[CheckResult]:
        if isinstance(connector, Maintains):
            return connector.maintain(now, receive_url)
        return [CheckResult("upkeep", Verdict.OK, "this connector needs none")]

    return _examine(configured, factory_of, mend)


def _named(
    configured: ConfiguredConnection, connector: Connector, known: Collection[str] | None
) -> Iterator[CheckResult]:
    if known is None:
        return
    defaults = {s.name: s.default or "" for s in connector.manifest.settings}
    settings = {**defaults, **configured.settings}
    remedy = f"`crossdock connections add {configured.name} --set NAME=VALUE` corrects it"
    for words in unknown_connections(connector.manifest, settings, known):
        yield CheckResult("settings", Verdict.FAILED, words, remedy)


def _examine(
    configured: ConfiguredConnection,
    factory_of: FactoryOf,
    examine: Callable[[Connector], Sequence[CheckResult]],
) -> Examined:
    try:
        with _connector(configured, factory_of) as connector:
            results = list(examine(connector))
    except SecretMissing as error:
        remedy = "set it where this runs, or name another place: `crossdock connections add`"
        results = [CheckResult("secrets", Verdict.FAILED, str(error), remedy)]
    except ConnectorError as error:
        results = [CheckResult(type(error).__name__, Verdict.FAILED, error.reason, error.remedy)]
    except Exception as error:  # noqa: BLE001 - boundary: one failed check must not hide the others
        finding = f"{type(error).__name__}: {error}"
        remedy = "compare its settings with `crossdock connections settings`; else report a fault"
        results = [CheckResult("check", Verdict.FAILED, finding, remedy)]
    return Examined(configured.name, configured.system, results)


@contextmanager
def _connector(configured: ConfiguredConnection, factory_of: FactoryOf) -> Iterator[Connector]:
    connection = Connection(
        configured.connection_id,
        configured.company_id,
        configured.name,
        configured.system,
        configured.settings,
        resolve_secrets(configured.secrets),
    )
    connector = factory_of(configured.system)(connection)
    try:
        yield connector
    finally:
        connector.close()
