"""Figures of one product in one warehouse → the body that is swept → StockLevel."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crossdock.connectors.odoo.mapping.stock_figures import Figures
from crossdock.connectors.odoo.mapping.stock_places import Warehouse
from crossdock.domain.quantity import Quantity
from crossdock.domain.stock import ExpectedReceipt, StockLevel
from crossdock.ports.errors import Unreadable

_INSTANT = "%Y-%m-%d %H:%M:%S"


def level_body(
    found: Figures, warehouse: Warehouse, sku: str, unit: str, read_at: datetime
) -> bytes:
    """Equal figures make equal bytes but for `read_at`."""
    return _bytes({
        "warehouse": warehouse.code, "time_zone": warehouse.time_zone, "sku": sku, "unit": unit,
        "on_hand": _plain(found.on_hand), "reserved": _plain(found.reserved),
        "foreign_demand": _plain(found.foreign_demand),
        "unsellable": {s: _plain(q) for s, q in sorted(found.unsellable.items()) if q},
        "receipts": [
            {"reference": reference, "line": line, "quantity": _plain(expected.quantity),
             "date": expected.date}
            for (reference, line), expected in sorted(found.receipts.items())
        ],
        "changed_at": found.changed_at, "read_at": version_of(read_at),
    })  # fmt: skip


def doubtful_body(sku: str, products: Sequence[int], read_at: datetime) -> bytes:
    """Several products have one code: nobody can say whose stock it is."""
    return _bytes({
        "warehouse": "", "sku": sku, "products": sorted(products), "changed_at": "",
        "read_at": version_of(read_at),
    })  # fmt: skip


def version_of(read_at: datetime) -> str:
    """An instant in UTC, as text that sorts."""
    return read_at.astimezone(UTC).isoformat(timespec="microseconds")


def to_stock_level(body: bytes) -> StockLevel:
    """A swept figure. Raises Unreadable, also for a code that several products have."""
    try:
        level = json.loads(body)
        products = level.get("products", ())
        if not products:
            return _level(level)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise Unreadable(
            "body", f"is no swept stock level: {error!r}", "sweep the stream stock again"
        ) from error
    raise Unreadable(
        "default_code",
        f"{level['sku']!r} is the code of several products: {', '.join(map(str, products))}",
        "give each product of Odoo an Internal Reference of its own",
    )


def _level(level: Mapping[str, Any]) -> StockLevel:
    unit, zone = level["unit"], _zone(level["time_zone"])
    return StockLevel(
        location=level["warehouse"],
        sku=level["sku"],
        on_hand=Quantity(amount=Decimal(level["on_hand"]), unit=unit),
        unsellable={state: Decimal(amount) for state, amount in level["unsellable"].items()},
        foreign_demand=Decimal(level["foreign_demand"]),
        reserved=Decimal(level["reserved"]),
        receipts=tuple(
            ExpectedReceipt(
                reference=receipt["reference"],
                line=receipt["line"],
                quantity=Quantity(amount=Decimal(receipt["quantity"]), unit=unit),
                expected_on=_day(receipt["date"], zone),
            )
            for receipt in level["receipts"]
        ),
        read_at=datetime.fromisoformat(level["read_at"]),
    )


def _zone(name: str) -> tzinfo:
    """UTC where Odoo knows none, or one that is unknown here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, LookupError):
        return UTC


def _day(instant: str, zone: tzinfo) -> date:
    """Odoo's instant (UTC, naive) as a day of the warehouse."""
    return datetime.strptime(instant, _INSTANT).replace(tzinfo=UTC).astimezone(zone).date()


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize() + 0:f}"


def _bytes(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
