"""Records 200 varied order totals from a real Odoo into the connector's samples.

`python -m tests.live.odoo.record_totals`, with the variables of the live suite and
CROSSDOCK_LIVE_ODOO_ADMIN_KEY (taxes, a currency and its pricelist are made). The twin's totals
are held equal to the file by tests/contract/odoo/test_totals.py.
"""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import crossdock.connectors.odoo
from tests.live.odoo.live_odoo import LiveOdoo

TARGET = Path(crossdock.connectors.odoo.__file__).parent / "samples" / "recorded_totals.json"
CASES = 200
YEN_CASES = 24
TAXES = (("15", False), ("20", False), ("9.975", False), ("5", False), ("7", True), ("20", True),
         ("5.5", True), ("8.1", True))  # fmt: skip
QUANTITIES = ("1", "2", "3", "7", "12", "144", "0.5", "2.25", "12.12", "1.33", "0.01", "1000")
DISCOUNTS = ("0", "0", "0", "10", "12.5", "33.33", "5.55", "100")
FIELDS = [
    "id", "partner_id/.id", "pricelist_id/.id", "order_line/id", "order_line/sequence",
    "order_line/product_id/.id", "order_line/product_uom_qty", "order_line/price_unit",
    "order_line/technical_price_unit", "order_line/discount", "order_line/tax_ids/.id",
]  # fmt: skip
CONTEXT = {"mode": "update", "noupdate": True, "tz": "UTC", "lang": "en_US"}
BATCH = 25


def price(chance: random.Random) -> str:
    places = chance.choice((0, 2, 2, 2, 3, 4))
    cents = chance.randrange(1, 20_000 * 10**places // 100 + 2)
    sign = -1 if chance.random() < 0.06 else 1
    return str(sign * Decimal(cents).scaleb(-places))


def taxes(chance: random.Random) -> list[int]:
    """Numbers in TAXES: none, one, two of a kind, or one of each kind on one line."""
    outside, inside = [0, 1, 2, 3], [4, 5, 6, 7]
    kind = chance.random()
    if kind < 0.12:
        return []
    if kind < 0.45:
        return [chance.choice(outside)]
    if kind < 0.8:
        return [chance.choice(inside)]
    if kind < 0.9:
        return sorted(chance.sample(chance.choice((outside, inside)), 2))
    return [chance.choice(outside), chance.choice(inside)]


def lines(chance: random.Random) -> list[list[Any]]:
    """Quantity, price, discount, taxes. Some orders keep to one tax, as most real ones do."""
    one = taxes(chance) if chance.random() < 0.5 else None
    return [
        [chance.choice(QUANTITIES), price(chance), chance.choice(DISCOUNTS),
         taxes(chance) if one is None else one]
        for _ in range(chance.choice((1, 1, 2, 3, 5, 8)))
    ]  # fmt: skip


def yen_pricelist(odoo: LiveOdoo) -> int:
    domain = [["name", "=", "JPY"]]
    (yen,) = odoo.call(
        "res.currency", "search_read", admin=True, domain=domain, fields=["active"],
        context={"active_test": False},
    )  # fmt: skip
    if not yen["active"]:
        odoo.call("res.currency", "write", admin=True, ids=[yen["id"]], vals={"active": True})
    values = {"name": f"JPY {odoo.prefix}", "currency_id": yen["id"]}
    return odoo.create("product.pricelist", values, admin=True)


def rows(number: int, case: list[list[Any]], odoo: LiveOdoo, partner: int, product: int,
         tax_ids: list[int], pricelist: int) -> list[list[str]]:  # fmt: skip
    external_id = f"{odoo.prefix}.total_{number}"
    head = [external_id, str(partner), str(pricelist)]
    return [
        [*(head if n == 0 else ["", "", ""]), f"{external_id}_l{n}", str(n + 1), str(product),
         quantity, price_, "-1", discount, ",".join(str(tax_ids[t]) for t in numbers)]
        for n, (quantity, price_, discount, numbers) in enumerate(case)
    ]  # fmt: skip


def record(odoo: LiveOdoo) -> list[dict[str, Any]]:
    """Create the orders, read their totals."""
    chance = random.Random(19)
    cases = [lines(chance) for _ in range(CASES)]
    tax_ids = [odoo.tax(float(percent), included=included) for percent, included in TAXES]
    partner = odoo.create("res.partner", {"name": f"{odoo.prefix} totals"})
    product = odoo.create("product.product", {"name": f"{odoo.prefix} totals", "type": "service"})
    (dollars,) = odoo.find("product.pricelist", [["currency_id.name", "=", "USD"]], ["id"])[:1]
    yen = yen_pricelist(odoo)
    recorded: list[dict[str, Any]] = []
    for start in range(0, CASES, BATCH):
        batch = list(enumerate(cases))[start : start + BATCH]
        data = [
            row
            for number, case in batch
            for row in rows(number, case, odoo, partner, product, tax_ids,
                            yen if number < YEN_CASES else dollars["id"])
        ]  # fmt: skip
        loaded = odoo.call("sale.order", "load", fields=FIELDS, data=data, context=CONTEXT)
        assert loaded["ids"], loaded["messages"]
        recorded += [
            read_back(odoo, order_id, case, "JPY" if number < YEN_CASES else "USD")
            for (number, case), order_id in zip(batch, loaded["ids"], strict=True)
        ]
    return recorded


def read_back(
    odoo: LiveOdoo, order_id: int, case: list[list[Any]], currency: str
) -> dict[str, Any]:
    amounts = ["amount_untaxed", "amount_tax", "amount_total"]
    (order,) = odoo.call("sale.order", "read", ids=[order_id], fields=[*amounts, "currency_id"])
    assert order["currency_id"][1] == currency
    found = odoo.find(
        "sale.order.line", [["order_id", "=", order_id]], ["price_subtotal", "price_total"]
    )
    return {
        "currency": currency,
        "lines": case,
        "line_totals": [[str(f["price_subtotal"]), str(f["price_total"])] for f in found],
        "order": [str(order[name]) for name in amounts],
    }


def main() -> None:
    odoo = LiveOdoo.from_environment()
    taxes_ = [[percent, included] for percent, included in TAXES]
    cases = record(odoo)
    body = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = f'{{"odoo":"19.0","rounding":"round_globally","taxes":{json.dumps(taxes_)},\n'
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(f'{text}"cases":[\n{body}\n]}}\n', encoding="utf-8")
    print(f"{len(cases)} totals in {TARGET.name}")


if __name__ == "__main__":
    main()
