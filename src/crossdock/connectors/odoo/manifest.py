"""What the Odoo connector is and needs."""

from datetime import timedelta

from crossdock.ports.effect import Grade, Operation
from crossdock.ports.erp import (
    CANCEL_SALES_ORDER,
    CLOSE_SALES_ORDER,
    CONFIRM_SALES_ORDER,
    CREATE_PARTY,
    CREATE_SALES_ORDER,
    INVOICE_SALES_ORDER,
    READ_SALES_ORDER,
    SHIP_SALES_ORDER,
)
from crossdock.ports.manifest import (
    PRIVATE_NETWORK,
    InboundType,
    Manifest,
    QualityClaim,
    Stream,
)
from crossdock.ports.message import Shape
from crossdock.ports.setting import Setting, SettingKind

SALE_ORDER_KIND = "odoo.sale_order"
STOCK_LEVEL_KIND = "odoo.stock_level"
OVERLAP = timedelta(seconds=120)
"""Longer than Odoo's longest transaction (limit_time_real): write_date is its start."""
WRITE_TIMEOUT = timedelta(seconds=150)
"""Longer than limit_time_real, so that a worker that is still writing is waited for."""


def _projection(name: str, description: str, every: timedelta, max_age: timedelta | None) -> Stream:
    return Stream(name, description, every, every, OVERLAP, projection=name, max_age=max_age)


_MINUTE = timedelta(minutes=1)

MANIFEST = Manifest(
    system="odoo",
    title="Odoo 19",
    owner="integration",
    api_version="19.0 JSON-2",
    api_removed_on=None,
    settings=(
        Setting("url", "Address of the Odoo server: https://odoo.example", kind=SettingKind.URL),
        PRIVATE_NETWORK,
        Setting("database", "Name of the database"),
        Setting("key", "API key of the integration user", secret=True),
        Setting("webhook_token", "Token in the URL of Odoo's webhooks", default="", secret=True),
        Setting(
            "workers",
            "Odoo's --workers: calls in flight stay at or below it",
            default="2",
            kind=SettingKind.COUNT,
        ),
        Setting(
            "company_id",
            "Odoo's company id; empty: the user's default",
            default="",
            kind=SettingKind.COUNT,
        ),
        Setting(
            "stock",
            "Whether what the warehouses have is read, for the inventory ledger",
            default="off",
            choices=("on", "off"),
        ),
    ),
    inbound=(
        InboundType(SALE_ORDER_KIND, Shape.SNAPSHOT, "A sales order as it stands in Odoo, swept"),
        InboundType(
            STOCK_LEVEL_KIND, Shape.SNAPSHOT, "What a warehouse has of one SKU in Odoo, swept"
        ),
    ),
    operations=(
        Operation(
            CREATE_PARTY,
            Grade.B,
            timeout=WRITE_TIMEOUT,
            description="res.partner by load, unique external id",
        ),
        Operation(
            CREATE_SALES_ORDER,
            Grade.B,
            batch_max=100,
            timeout=WRITE_TIMEOUT,
            description="Draft sale.order by load, unique external id; read back and compared",
        ),
        Operation(
            CONFIRM_SALES_ORDER,
            Grade.B,
            batch_max=50,
            timeout=WRITE_TIMEOUT,
            description="action_confirm: Odoo refuses it a second time",
        ),
        Operation(
            CANCEL_SALES_ORDER,
            Grade.B,
            batch_max=50,
            timeout=WRITE_TIMEOUT,
            description="action_cancel: a second time changes nothing",
        ),
        Operation(
            SHIP_SALES_ORDER,
            Grade.B,
            batch_max=50,
            timeout=WRITE_TIMEOUT,
            description="Move lines by load, unique external ids; then button_validate, read back",
        ),
        Operation(
            CLOSE_SALES_ORDER,
            Grade.B,
            batch_max=50,
            timeout=WRITE_TIMEOUT,
            description="action_cancel of the open deliveries: a second time finds none",
        ),
        Operation(
            INVOICE_SALES_ORDER,
            Grade.B,
            batch_max=50,
            timeout=WRITE_TIMEOUT,
            description="Wizard and action_post: what is invoiced is not there to invoice again",
        ),
        Operation(READ_SALES_ORDER, Grade.READ, batch_max=100, description="The order as it is"),
    ),
    streams=(
        _projection("products", "Products that can be sold", _MINUTE, 30 * _MINUTE),
        _projection("partners", "Customers and their addresses", _MINUTE / 2, 30 * _MINUTE),
        _projection("units", "Units of measure", 10 * _MINUTE, 120 * _MINUTE),
        _projection("taxes", "Sales taxes", 10 * _MINUTE, 120 * _MINUTE),
        _projection("currencies", "Active currencies", 60 * _MINUTE, 1440 * _MINUTE),
        _projection("prices", "Pricelist rules", 5 * _MINUTE, 60 * _MINUTE),
        _projection("credit", "What customers owe and may owe", 10 * _MINUTE, 60 * _MINUTE),
        Stream(
            "sale_orders",
            "Sales orders by their last change",
            interval_min=timedelta(seconds=30),
            interval_max=timedelta(minutes=5),
            overlap=OVERLAP,
        ),
        Stream(
            "stock",
            "What each warehouse has of each SKU, where the setting stock is on",
            interval_min=_MINUTE,
            interval_max=_MINUTE,
            overlap=OVERLAP,
        ),
    ),
    concurrency_max=2,
    ownership={
        "product": "odoo",
        "partner": "odoo",
        "price": "odoo",
        "sale_order": "odoo",
        "sale_order.draft": "crossdock",
    },
    quality=(
        QualityClaim("signature_checked", "token in the URL, compared in constant time"),
        QualityClaim("errors_classified", "by status, content type and name, never by text"),
        QualityClaim("golden_samples", "pairs in samples/"),
        QualityClaim("idempotent_writes", "load with external ids, unique in PostgreSQL"),
        QualityClaim("sweep", "by write_date with 120 seconds' overlap"),
        QualityClaim("requests_validated", "names against Odoo's own fields_get and method list"),
    ),
)
