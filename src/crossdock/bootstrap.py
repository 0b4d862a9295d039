"""Wiring: the only place where connectors meet processes.

`open_deployment` gives a running process everything it needs: the store, the clock and the
registry of connections, use cases and resolvers.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from urllib.parse import urlsplit

from crossdock.domain.fulfilment import StockAdjustment, StockCount, WarehouseEvent
from crossdock.domain.model import CanonicalModel
from crossdock.domain.sales_order import SalesOrder
from crossdock.domain.stock import StockLevel
from crossdock.engine.clock import Clock
from crossdock.engine.postgres.cluster import EmbeddedPostgres
from crossdock.engine.registry import Poster, Registry
from crossdock.engine.resolve import ENGINE_RESOLVERS
from crossdock.engine.store import Store, StoreUnavailable
from crossdock.engine.use_case import UseCase
from crossdock.governance.connections import (
    BadConnection,
    ConfiguredConnection,
    checked_settings,
    list_connections,
    note_left_out,
)
from crossdock.governance.crosswalk import CROSSWALK_RESOLVERS
from crossdock.governance.secrets import SecretMissing, resolve_secrets
from crossdock.ports.capabilities import Connection, ConnectorFactory
from crossdock.ports.erp import ErpOrderSeen
from crossdock.ports.errors import ConnectorError
from crossdock.ports.manifest import COMMON_SETTINGS, Manifest
from crossdock.processes.inventory.ledger.positions import LEDGER as STOCK_POSITIONS
from crossdock.processes.inventory.ledger.positions import post_positions
from crossdock.processes.inventory.observe_level import OBSERVE_LEVEL
from crossdock.processes.inventory.observe_stock import OBSERVE_STOCK
from crossdock.processes.order_to_cash.capture_sales_order import CAPTURE_SALES_ORDER
from crossdock.processes.order_to_cash.fulfilment.observe_event import OBSERVE_WAREHOUSE_EVENT
from crossdock.processes.order_to_cash.observe_erp_order import OBSERVE_ERP_ORDER
from crossdock.processes.order_to_cash.observe_order_effect import OBSERVE_ORDER_EFFECT

ENTRY_POINTS = "crossdock.connectors"
DATABASE_VARIABLE = "CROSSDOCK_DATABASE_URL"
HOME_VARIABLE = "CROSSDOCK_HOME"
ABANDONED_AFTER_SECONDS = 45.0
"""What a frozen worker had locked is free before its lease has ended for half a minute."""

ROUTES: dict[type[CanonicalModel], UseCase] = {
    SalesOrder: CAPTURE_SALES_ORDER,
    ErpOrderSeen: OBSERVE_ERP_ORDER,
    WarehouseEvent: OBSERVE_WAREHOUSE_EVENT,
    StockCount: OBSERVE_STOCK,
    StockAdjustment: OBSERVE_STOCK,
    StockLevel: OBSERVE_LEVEL,
}
"""Which use case decides about which canonical document."""

POSTERS: dict[str, Poster] = {STOCK_POSITIONS: post_positions}
"""Who writes what a ledger keeps of the documents that post to it."""

OUTCOME_ROUTES = {"SalesOrder": OBSERVE_ORDER_EFFECT}
"""Which use case hears what an effect of which type of document turned out to be."""


class UnknownSystem(LookupError):
    """No installed connector serves that system."""


@dataclass(slots=True)
class Deployment:
    """What one process works with."""

    store: Store
    clock: Clock
    registry: Registry


@cache
def installed_connectors() -> EntryPoints:
    """Outside packages included. Read once: every package's metadata is looked through for it."""
    return entry_points(group=ENTRY_POINTS)


def connector_factories() -> dict[str, ConnectorFactory]:
    """Installed connectors by system name, outside packages included."""
    return {e.name: e.load() for e in installed_connectors()}


def factory_of(system: str) -> ConnectorFactory:
    """Raises UnknownSystem naming what is installed."""
    factories = connector_factories()
    try:
        return factories[system]
    except KeyError:
        raise UnknownSystem(
            f"no connector for {system!r}; installed: {', '.join(sorted(factories))}"
        ) from None


def manifest_of(system: str) -> Manifest:
    """The manifest of an installed connector, before any connection exists."""
    entry = next((e for e in installed_connectors() if e.name == system), None)
    if entry is None:
        factory_of(system)
    assert entry is not None
    manifest: Manifest = import_module(entry.module).MANIFEST
    return manifest


def home() -> Path:
    """Where a deployment without its own PostgreSQL keeps its data."""
    return Path(os.environ.get(HOME_VARIABLE) or ".crossdock").resolve()


def database_url() -> str:
    """The configured PostgreSQL, or the embedded one, started when it does not run yet.

    Raises StoreUnavailable for an address that is none, without repeating it: it has a password.
    """
    given = os.environ.get(DATABASE_VARIABLE)
    if not given:
        return EmbeddedPostgres(home() / "postgres").start()
    if not _is_database_url(given):
        raise StoreUnavailable(
            f"{DATABASE_VARIABLE} is no address of a PostgreSQL: give it as "
            "postgresql://user:password@host:5432/database, with / ? # @ in the password as "
            "%2F %3F %23 %40, and several hosts as host1:5432,host2:5432"
        )
    return given


def _is_database_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        for host in parts.netloc.rpartition("@")[2].split(","):
            urlsplit(f"//{host}").port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    return parts.scheme in ("postgresql", "postgres") and text.startswith(f"{parts.scheme}://")


def build_registry(store: Store) -> Registry:
    """Connect every configured connection to its connector, and the processes to both.

    One that cannot be connected (a secret that is not there, a bad setting, a connector that is
    not installed) is left out with its reason, so that it stops no other.
    """
    registry = Registry(routes=dict(ROUTES), outcome_routes=dict(OUTCOME_ROUTES))
    registry.posters.update(POSTERS)
    registry.resolvers.update(ENGINE_RESOLVERS)
    registry.resolvers.update(CROSSWALK_RESOLVERS)
    with store.transaction() as tx:
        configured = list_connections(tx)
    for c in configured:
        try:
            _attach(registry, c)
        except (BadConnection, ConnectorError, SecretMissing, UnknownSystem) as error:
            registry.left_out[c.name] = str(error)
    return registry


def _attach(registry: Registry, c: ConfiguredConnection) -> None:
    """Raises what is wrong with this one connection."""
    factory, manifest = factory_of(c.system), manifest_of(c.system)
    known = {setting.name for setting in (*manifest.settings, *COMMON_SETTINGS)}
    kept = {name: value for name, value in c.settings.items() if name in known}
    references = {name: places for name, places in c.secrets.items() if name in known}
    secrets = resolve_secrets(c.secrets)
    settings = checked_settings(manifest, kept, references)
    connection = Connection(c.connection_id, c.company_id, c.name, c.system, settings, secrets)
    registry.attach(connection, factory(connection))


@contextmanager
def open_deployment(
    url: str | None = None, *, size: int = 16, name: str = "crossdock", wait: float = 30,
    lasting: bool = False,
) -> Iterator[Deployment]:  # fmt: skip
    """A deployment on `url` (default: `database_url()`), closed at the end of the block.

    A `lasting` process keeps which connections it left out, for `crossdock status`, and loses a
    transaction in which it freezes.
    """
    abandoned_after = ABANDONED_AFTER_SECONDS if lasting else 0
    with Store(
        url or database_url(), size=size, name=name, wait=wait, abandoned_after=abandoned_after
    ) as store:
        registry = build_registry(store)
        if lasting:
            with store.transaction() as tx:
                note_left_out(tx, registry.left_out)
        try:
            yield Deployment(store, store.clock(), registry)
        finally:
            registry.close()
