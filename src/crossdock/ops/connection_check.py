"""Examine and maintain connections: each finding with its remedy, no failure hides another."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from crossdock.governance.connections import ConfiguredConnection
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
    configured: ConfiguredConnection, factory_of: FactoryOf, now: datetime
) -> Examined:
    """Ask the connector to examine its own rights, features, key expiry, clock, subscriptions."""

    def look(connector: Connector) -> Sequence[CheckResult]:
        if isinstance(connector, Checks):
            return connector.check(now)
        return [CheckResult("check", Verdict.WARNING, "this connector cannot check itself")]

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
