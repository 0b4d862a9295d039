"""Order bodies as a shop's webhook carries them: realistic in shape, distinct, of a wanted size."""

import json
import random
from collections.abc import Iterator
from typing import Any

_WORDS = (
    "amber", "basin", "cable", "delta", "ember", "flask", "gauge", "hinge", "inlet", "joint",
    "lever", "motor", "nozzle", "orbit", "piston", "quartz", "rotor", "socket", "torque", "union",
    "valve", "washer", "yoke", "zinc", "bracket", "collar", "damper", "elbow",
)  # fmt: skip
_CITIES = ("Hamburg", "Lyon", "Porto", "Gdansk", "Leeds", "Turin", "Ghent", "Malmo", "Graz", "Cork")


class ShopOrders:
    """Bodies of one size: `body(order_id)` is about `size` bytes and differs for every id."""

    def __init__(self, size: int, seed: int = 7, variants: int = 64) -> None:
        random_numbers = random.Random(seed)
        self._templates = [_template(random_numbers, size) for _ in range(variants)]

    def body(self, order_id: int) -> bytes:
        """The whole body; money is text, as the vendor writes it."""
        before, after = self._templates[order_id % len(self._templates)]
        return b"%b%d%b" % (before, order_id, after)

    def bodies(self, first_id: int, count: int) -> Iterator[bytes]:
        return map(self.body, range(first_id, first_id + count))


def _template(numbers: random.Random, size: int) -> tuple[bytes, bytes]:
    """What stands before and after the order's id."""
    order = _order(numbers)
    order["line_items"].append(_line(numbers))
    while len(_encoded(order)) + len(_encoded(_line(numbers))) < size:
        order["line_items"].append(_line(numbers))
    missing = size - len(_encoded(order)) - len('"":,') - 12
    if missing > 0:
        order["note"] = " ".join(numbers.choice(_WORDS) for _ in range(missing))[:missing]
    before, _, after = _encoded(order).partition(b"0")
    return before, after


def _encoded(order: dict[str, Any]) -> bytes:
    return json.dumps(order, separators=(",", ":")).encode()


def _token(numbers: random.Random) -> str:
    return f"{numbers.getrandbits(128):032x}"


def _price(numbers: random.Random) -> str:
    return f"{numbers.randrange(1, 900)}.{numbers.randrange(100):02d}"


def _words(numbers: random.Random, count: int) -> str:
    return " ".join(numbers.choice(_WORDS) for _ in range(count)).title()


def _address(numbers: random.Random) -> dict[str, Any]:
    return {
        "first_name": _words(numbers, 1), "last_name": _words(numbers, 1),
        "address1": f"{_words(numbers, 1)} street {numbers.randrange(300)}",
        "phone": f"+49{numbers.randrange(10**9)}", "city": numbers.choice(_CITIES),
        "zip": f"{numbers.randrange(10**5):05d}", "country_code": "DE",
        "latitude": None, "longitude": None,
    }  # fmt: skip


def _line(numbers: random.Random) -> dict[str, Any]:
    price = _price(numbers)
    money = {"amount": price, "currency_code": "EUR"}
    return {
        "id": numbers.getrandbits(43), "variant_id": numbers.getrandbits(43),
        "title": _words(numbers, 3), "quantity": numbers.randrange(1, 40),
        "sku": f"{numbers.choice(_WORDS).upper()}-{numbers.randrange(10**5):05d}",
        "product_id": numbers.getrandbits(43), "requires_shipping": True, "taxable": True,
        "grams": numbers.randrange(10**4), "price": price,
        "price_set": {"shop_money": money, "presentment_money": money},
        "tax_lines": [{"title": "VAT", "price": _price(numbers)}],
        "discount_allocations": [], "fulfillment_status": None,
    }  # fmt: skip


def _order(numbers: random.Random) -> dict[str, Any]:
    total = _price(numbers)
    return {
        "id": 0, "admin_graphql_api_id": f"gid://shopify/Order/{numbers.getrandbits(43)}",
        "created_at": "2026-03-29T18:00:26+02:00", "updated_at": "2026-03-29T18:00:27+02:00",
        "currency": "EUR",
        "email": f"{numbers.choice(_WORDS)}{numbers.getrandbits(20)}@example.com",
        "financial_status": "paid", "fulfillment_status": None, "token": _token(numbers),
        "name": f"#{numbers.randrange(10**6)}", "taxes_included": True, "test": False,
        "total_price": total, "subtotal_price": total, "total_tax": _price(numbers),
        "shipping_address": _address(numbers), "line_items": [],
    }  # fmt: skip
