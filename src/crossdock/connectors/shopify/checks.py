"""What `connections check` looks at: token, scopes, version, clock, stock, subscriptions."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.inventory_levels import chosen_location
from crossdock.connectors.shopify.manifest import MANIFEST
from crossdock.connectors.shopify.queries import READ_INSTALLATION
from crossdock.connectors.shopify.replies import reading
from crossdock.connectors.shopify.subscriptions import subscription_checks
from crossdock.ports.check import CheckResult, Verdict
from crossdock.ports.errors import ConnectorError

SCOPES = (
    "read_orders",
    "write_orders",
    "read_customers",
    "read_products",
    "write_merchant_managed_fulfillment_orders",
)
"""Needed by the fields we read and write (schema 2026-07, `requiredAccess`; "API access scopes" of
FulfillmentOrder: locations of the merchant's own, by an app that manages orders)."""
STOCK_SCOPES = ("write_inventory", "read_products", "read_locations")
"""Needed to publish stock (schema 2026-07, `requiredAccess`)."""
SCOPE_ALL_ORDERS = "read_all_orders"
ORDERS_VISIBLE = timedelta(days=60)
CLOCK_DIFFERENCE_MAX = timedelta(seconds=60)
REMOVAL_WARNING = timedelta(days=90)


def checks(
    client: ShopifyClient, start_from: str, stock_location: str, now: datetime
) -> Iterator[CheckResult]:
    """One result per thing looked at. A check that cannot be made is a failed one."""
    try:
        shop, granted, supported = _installation(client)
    except ConnectorError as error:
        yield CheckResult("access", Verdict.FAILED, error.reason, error.remedy)
        return
    yield CheckResult("access", Verdict.OK, shop)
    yield _scopes(granted)
    yield from _history(granted, start_from, now)
    yield _version(supported, client, now)
    yield _clock(client, now)
    yield _stock(client, granted, stock_location)
    try:
        yield from subscription_checks(client)
    except ConnectorError as error:
        yield CheckResult("webhooks", Verdict.FAILED, error.reason, error.remedy)


def _installation(client: ShopifyClient) -> tuple[str, set[str], set[str]]:
    """The shop in words, the scopes granted to the app, the API versions supported."""
    data = client.run(READ_INSTALLATION, {})
    with reading(READ_INSTALLATION):
        shop = data["shop"]
        return (
            f"{shop['name']} ({shop['myshopifyDomain']}), {shop['currencyCode']}",
            {scope["handle"] for scope in data["currentAppInstallation"]["accessScopes"]},
            {v["handle"] for v in data["publicApiVersions"] if v["supported"]},
        )


def _scopes(granted: set[str]) -> CheckResult:
    missing = _missing(SCOPES, granted)
    if missing:
        finding = f"missing: {', '.join(missing)}"
        remedy = "grant these scopes to the app and install it again"
        return CheckResult("scopes", Verdict.FAILED, finding, remedy)
    return CheckResult("scopes", Verdict.OK, ", ".join(SCOPES))


def _missing(scopes: Sequence[str], granted: set[str]) -> list[str]:
    implied = {f"read_{name.removeprefix('write_')}" for name in granted if name[:6] == "write_"}
    return [scope for scope in scopes if scope not in granted | implied]


def _stock(client: ShopifyClient, granted: set[str], stock_location: str) -> CheckResult:
    """A warning, not a failure: orders flow without it."""
    missing = _missing(STOCK_SCOPES, granted)
    if missing:
        finding = f"stock cannot be published, missing scopes: {', '.join(missing)}"
        remedy = "grant these scopes to the app and install it again"
        return CheckResult("stock", Verdict.WARNING, finding, remedy)
    try:
        location = chosen_location(client.run, stock_location)
    except ConnectorError as error:
        finding = f"stock cannot be published: {error.reason}"
        return CheckResult("stock", Verdict.WARNING, finding, error.remedy)
    return CheckResult("stock", Verdict.OK, f"published to {location}")


def _history(granted: set[str], start_from: str, now: datetime) -> Iterator[CheckResult]:
    if not start_from or datetime.fromisoformat(start_from) > now - ORDERS_VISIBLE:
        return
    if SCOPE_ALL_ORDERS not in granted:
        days = ORDERS_VISIBLE.days
        finding = f"start_from is {start_from}, but the app sees the last {days} days of orders"
        remedy = f"ask Shopify for {SCOPE_ALL_ORDERS}, or set start_from later"
        yield CheckResult("order history", Verdict.WARNING, finding, remedy)


def _version(supported: set[str], client: ShopifyClient, now: datetime) -> CheckResult:
    pinned, removed_on = MANIFEST.api_version, MANIFEST.api_removed_on
    served = client.server.api_version if client.server else ""
    remedy = "upgrade Crossdock to a release that is built for a newer version"
    if pinned not in supported or served not in ("", pinned):
        finding = f"{pinned} is not supported any more (served: {served or 'unknown'})"
        return CheckResult("API version", Verdict.FAILED, finding, remedy)
    finding = f"{pinned}, removed on {removed_on}"
    if removed_on and removed_on - now.date() < REMOVAL_WARNING:
        return CheckResult("API version", Verdict.WARNING, finding, remedy)
    return CheckResult("API version", Verdict.OK, finding)


def _clock(client: ShopifyClient, now: datetime) -> CheckResult:
    try:
        theirs = parsedate_to_datetime(client.server.date if client.server else "")
    except ValueError:
        return CheckResult("clock", Verdict.WARNING, "the shop does not tell its time")
    difference = abs(now - theirs)
    finding = f"differs by {round(difference.total_seconds())} s"
    if difference > CLOCK_DIFFERENCE_MAX:
        return CheckResult("clock", Verdict.WARNING, finding, "set this host's clock by NTP")
    return CheckResult("clock", Verdict.OK, finding)
