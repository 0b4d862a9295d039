"""Effects, as the twins themselves wrote them down."""

from collections import Counter
from collections.abc import Iterable, Mapping

from crossdock.rehearsal.house import House

ONCE = {
    ("created", "sale.order"), ("confirmed", "sale.order"), ("posted", "account.move"),
    ("validated", "stock.picking"), ("created", "fulfilment_order"), ("created", "fulfillment"),
}  # fmt: skip
"""Kinds of effects on records that take place once for each of them."""


def doubled(house: House) -> list[str]:
    """Effects that took place more than once, in words."""
    twins = [house.shop, *house.warehouses.values()]
    if house.odoo_twin:
        twins.append(house.odoo_twin)
    return repeated(effect for twin in twins for effect in twin.get("effects")["effects"])


def repeated(effects: Iterable[Mapping[str, str]]) -> list[str]:
    """Of a log's entries, those of ONCE that are there again."""
    counts = Counter(
        f"{effect['record']} {effect['kind']} {effect['key']}"
        for effect in effects
        if (effect["kind"], effect["record"]) in ONCE
    )
    return [f"{what} ({count} times)" for what, count in counts.items() if count > 1]
