"""Examines a connection: version, key, rights, features, clock, concurrency."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crossdock.connectors.odoo.client import OdooClient, clock_difference_seconds
from crossdock.connectors.odoo.manifest import MANIFEST
from crossdock.connectors.odoo.sweep_cursor import INSTANT
from crossdock.ports.check import CheckResult, Verdict
from crossdock.ports.errors import ConnectorError

MAJOR = 19
KEY_WARNING = timedelta(days=14)
CLOCK_SECONDS = 30
RIGHTS: tuple[tuple[str, str], ...] = (
    ("res.partner", "read"), ("res.partner", "create"), ("product.product", "read"),
    ("uom.uom", "read"), ("account.tax", "read"), ("res.currency", "read"),
    ("sale.order", "read"), ("sale.order", "create"), ("sale.order", "write"),
    ("sale.order.line", "create"), ("product.pricelist.item", "read"),
    ("stock.picking", "read"), ("stock.picking", "write"), ("stock.move", "read"),
    ("stock.move.line", "read"), ("stock.move.line", "create"), ("stock.lot", "read"),
    ("stock.quant", "read"), ("stock.location", "read"), ("stock.warehouse", "read"),
    ("sale.advance.payment.inv", "create"), ("account.move", "read"),
    ("account.move", "create"), ("account.move", "write"),
)  # fmt: skip
FEATURES = (
    ("uom.group_uom", "units of measure", "orders in cases and packs book the wrong quantity"),
    ("product.group_product_pricelist", "pricelists", "customer prices are written and lost"),
)


def check(client: OdooClient, workers: str, now: datetime) -> list[CheckResult]:
    """Every finding, the bad ones with a remedy. Without version or key nothing else is asked."""
    results: list[CheckResult] = []
    for step in (_version, _authentication):
        result = step(client, now)
        results.append(result)
        if result.verdict is Verdict.FAILED:
            return results
    results += _clock(client, now)
    for look in (_rights, _features, _key_expiry, _credit, _tracking):
        results += _guarded(look, client, now)
    return [*results, _concurrency(workers)]


def _version(client: OdooClient, _: datetime) -> CheckResult:
    try:
        found = client.version()
    except ConnectorError as error:
        return CheckResult("version", Verdict.FAILED, error.reason, error.remedy)
    if found.major < MAJOR:
        return CheckResult(
            "version", Verdict.FAILED, f"Odoo {found.version} has no JSON-2", "upgrade to Odoo 19"
        )
    if found.major > MAJOR:
        return CheckResult(
            "version", Verdict.WARNING, f"Odoo {found.version} was never tried", "test it first"
        )
    return CheckResult("version", Verdict.OK, f"Odoo {found.version}")


def _authentication(client: OdooClient, _: datetime) -> CheckResult:
    try:
        context = client.read("res.users", "context_get")
    except ConnectorError as error:
        return CheckResult("authentication", Verdict.FAILED, error.reason, error.remedy)
    return CheckResult("authentication", Verdict.OK, f"user {context['uid']}")


def _clock(client: OdooClient, now: datetime) -> Iterator[CheckResult]:
    difference = clock_difference_seconds(client.version().date, now.timestamp())
    if difference is None:
        yield CheckResult("clock", Verdict.WARNING, "the server tells no time", "see the proxy")
    elif abs(difference) > CLOCK_SECONDS:
        yield CheckResult(
            "clock", Verdict.WARNING, f"Odoo's clock differs by {abs(difference):.0f} seconds",
            "synchronise both clocks (NTP)",
        )  # fmt: skip
    else:
        yield CheckResult("clock", Verdict.OK, f"differs by {abs(difference):.0f} seconds")


def _guarded(
    look: Callable[[OdooClient, datetime], Iterator[CheckResult]],
    client: OdooClient,
    now: datetime,
) -> Sequence[CheckResult]:
    name = look.__name__.strip("_")
    try:
        return list(look(client, now))
    except ConnectorError as error:
        return [CheckResult(name, Verdict.WARNING, f"not readable: {error.reason}", error.remedy)]


def _rights(client: OdooClient, _: datetime) -> Iterator[CheckResult]:
    missing = [
        f"{operation} {model}"
        for model, operation in RIGHTS
        if client.read(model, "has_access", ids=[], operation=operation) is not True
    ]
    if missing:
        yield CheckResult(
            "rights", Verdict.FAILED, f"the integration user may not {', '.join(missing)}",
            "give it the groups Sales / Administrator, Inventory / User, Invoicing and"
            " Contact Creation",
        )  # fmt: skip
    else:
        yield CheckResult("rights", Verdict.OK, f"all {len(RIGHTS)} needed")


def _features(client: OdooClient, _: datetime) -> Iterator[CheckResult]:
    uid = client.read("res.users", "context_get")["uid"]
    for group, name, harm in FEATURES:
        if client.read("res.users", "has_group", ids=[uid], group_ext_id=group):
            yield CheckResult(name, Verdict.OK, "switched on")
        else:
            yield CheckResult(
                name, Verdict.WARNING, f"switched off: {harm}",
                f"switch {name} on in Odoo's Sales settings",
            )  # fmt: skip


def _key_expiry(client: OdooClient, now: datetime) -> Iterator[CheckResult]:
    """Which of the user's keys is ours Odoo does not tell: the one that ends first is looked at."""
    keys: list[dict[str, Any]] = client.read(
        "res.users.apikeys", "search_read", domain=[["scope", "in", ["rpc", False]]],
        fields=["name", "expiration_date"], load=None,
    )  # fmt: skip
    ends = sorted((key["expiration_date"], key["name"]) for key in keys if key["expiration_date"])
    if not ends:
        yield CheckResult("key expiry", Verdict.OK, "no key of the user expires")
        return
    text, name = ends[0]
    left = datetime.strptime(text, INSTANT).replace(tzinfo=UTC) - now
    finding = f"key {name!r} expires on {text[:10]}, in {left.days} days"
    if left > KEY_WARNING:
        yield CheckResult("key expiry", Verdict.OK, finding)
    else:
        yield CheckResult(
            "key expiry", Verdict.WARNING, finding,
            "create a new key in Odoo, set it as `key`, then delete the old one",
        )  # fmt: skip


def _credit(client: OdooClient, _: datetime) -> Iterator[CheckResult]:
    found = client.read(
        "res.partner", "fields_get", allfields=["credit", "credit_limit"], attributes=["type"]
    )
    if len(found) == 2:
        yield CheckResult("credit", Verdict.OK, "what customers owe is visible")
    else:
        yield CheckResult(
            "credit", Verdict.WARNING, "what customers owe is not visible",
            "give the integration user the group Invoicing",
        )  # fmt: skip


def _tracking(client: OdooClient, _: datetime) -> Iterator[CheckResult]:
    found = client.read(
        "stock.picking", "fields_get", allfields=["carrier_tracking_ref"], attributes=["type"]
    )
    if found:
        yield CheckResult("tracking numbers", Verdict.OK, "deliveries keep them")
    else:
        yield CheckResult(
            "tracking numbers", Verdict.FAILED, "deliveries have no field for them",
            "install Odoo's module Delivery - Stock (stock_delivery)",
        )  # fmt: skip


def _concurrency(workers: str) -> CheckResult:
    if not workers.isdigit() or int(workers) < 1:
        return CheckResult(
            "concurrency", Verdict.FAILED, f"workers is {workers!r}",
            "set workers to Odoo's --workers, at least 1",
        )  # fmt: skip
    allowed, ours = int(workers), MANIFEST.concurrency_max
    if ours > allowed:
        return CheckResult(
            "concurrency", Verdict.WARNING, f"{ours} calls at once for {allowed} workers",
            "raise Odoo's --workers: more calls than workers only queue and can be reset",
        )  # fmt: skip
    return CheckResult("concurrency", Verdict.OK, f"{ours} calls at once for {allowed} workers")
