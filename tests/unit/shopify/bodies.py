"""Bodies to read: one good order, and a hundred and more that are spoiled, each in its own way."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from crossdock.ports.errors import Unreadable

Json = dict[str, Any]
Spoil = Callable[[Json], object]


def good_order() -> Json:
    """A webhook body with one of everything."""
    money = {"shop_money": {"amount": "10.00", "currency_code": "EUR"}}
    tax = {"title": "VAT", "rate": 0.19, "price": "3.80", "price_set": _money("3.80")}
    return {
        "id": 5_600_000_000_001, "name": "#1001", "currency": "EUR", "taxes_included": False,
        "created_at": "2026-11-21T03:00:00-05:00", "processed_at": "2026-11-21T03:00:00-05:00",
        "updated_at": "2026-11-21T03:00:05-05:00", "cancelled_at": None, "cancel_reason": None,
        "email": "a@mail.example", "phone": None, "note": "n", "po_number": None, "test": False,
        "total_price": "33.70", "current_total_price": "33.70",
        "current_total_price_set": _money("33.70"), "current_total_duties_set": None,
        "current_total_additional_fees_set": None, "total_tip_received": "0.00",
        "customer": {"id": 7, "first_name": "A", "last_name": "B", "email": "c@mail.example",
                     "phone": None},
        "billing_address": None,
        "shipping_address": {"name": "A B", "address1": "Street 1", "city": "Leipzig",
                             "zip": "04109", "country_code": "DE", "province_code": None,
                             "company": None, "address2": None, "phone": None},
        "line_items": [
            {"id": 11, "name": "Bolt", "sku": "BOLT", "product_id": 1, "variant_id": 2,
             "quantity": 2, "current_quantity": 2, "price": "10.00", "price_set": money,
             "gift_card": False, "requires_shipping": True, "tax_lines": [tax], "duties": [],
             "discount_allocations": [{"amount": "0.00", "amount_set": _money("0.00")}]},
        ],
        "shipping_lines": [
            {"id": 21, "title": "Standard", "price": "9.90", "price_set": _money("9.90"),
             "is_removed": False, "tax_lines": [], "discount_allocations": []},
        ],
    }  # fmt: skip


def _money(amount: str) -> Json:
    return {"shop_money": {"amount": amount, "currency_code": "EUR"}}


@dataclass(frozen=True)
class Spoiled:
    """A body and the field its refusal must name; None where reading may succeed."""

    name: str
    body: bytes
    field: str | None


def spoiled_bodies() -> Iterator[Spoiled]:
    """Every spoiled body, generated anew."""
    yield from _not_json()
    yield from _missing()
    yield from _ill_typed()
    yield from _wrong_values()


def _not_json() -> Iterator[Spoiled]:
    text = json.dumps(good_order())
    for cut in range(1, len(text), len(text) // 25):
        yield Spoiled(f"cut at {cut}", text[:cut].encode(), "body")
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        yield Spoiled(encoding, text.encode(encoding), "body")
    latin = text.replace("Leipzig", "Köln").encode("latin-1")
    yield Spoiled("latin-1", latin, "body")
    for name, body in {
        "empty": b"", "spaces": b"   ", "NUL": b"\0" * 10, "form": b"webhook_id=7",
        "XML": b"<order/>", "number": b"7", "list": b"[]", "null": b"null", "text": b'"x"',
        "NaN": text.replace('"quantity": 2', '"quantity": NaN').encode(),
        "deep": b'{"a":' * 50_000, "trailing": text.encode() + b"}",
        "huge number": text.replace('"quantity": 2', '"quantity": ' + "9" * 6_000).encode(),
        "huge exponent": text.replace('0.19', "1e" + "9" * 30).encode(),
    }.items():  # fmt: skip
        yield Spoiled(name, body, "body")
    yield Spoiled("10 MB of JSON that is cut", (b'{"note": "' + b"x" * 10_000_000), "body")


def _made(name: str, field: str | None, spoil: Spoil) -> Spoiled:
    order = copy.deepcopy(good_order())
    spoil(order)
    return Spoiled(name, json.dumps(order).encode(), field)


def _set(path: str, value: object) -> Spoil:
    def spoil(order: Json) -> None:
        parts = path.replace("]", "").replace("[", ".").split(".")
        target: Any = order
        for part in parts[:-1]:
            target = target[int(part)] if part.isdigit() else target[part]
        last = parts[-1]
        target[int(last) if last.isdigit() else last] = value

    return spoil


def _drop(field: str) -> Spoil:
    return lambda order: order.pop(field)


def _missing() -> Iterator[Spoiled]:
    for field in ("id", "currency", "line_items"):
        yield _made(f"no {field}", field, _drop(field))
    yield _made("no lines", "line_items", _set("line_items", []))
    yield _made("no date", "processed_at", lambda o: (o.pop("processed_at"), o.pop("created_at")))
    for name in ("id", "quantity"):
        yield _made(
            f"line without {name}", f"line_items[0].{name}", _set(f"line_items[0].{name}", None)
        )
    yield _made(
        "line without price",
        "line_items[0].price",
        lambda order: (
            order["line_items"][0].pop("price"),
            order["line_items"][0].pop("price_set"),
        ),
    )
    yield _made(
        "tax without price",
        "line_items[0].tax_lines[0].price",
        _set("line_items[0].tax_lines[0]", {"title": "VAT", "rate": 0.19}),
    )
    yield _made(
        "amount without currency",
        "line_items[0].price_set.shop_money.currency_code",
        _set("line_items[0].price_set", {"shop_money": {"amount": "1"}}),
    )


def _ill_typed() -> Iterator[Spoiled]:
    wrong: dict[str, tuple[object, ...]] = {
        "id": ("x", 1.5, True, -1, 0, [], 10**30),
        "currency": (7, [], {}),
        "name": (7, [], {"a": 1}),
        "email": (7, ["a"]),
        "po_number": (7,),
        "taxes_included": ("true", 1),
        "test": ("false",),
        "processed_at": (7, "yesterday", "2026-11-21T03:00:00", "2026-13-01T00:00:00Z", []),
        "cancelled_at": (1, "soon"),
        "line_items": ({}, "x", 7),
        "line_items[0]": (7, []),
        "line_items[0].id": ("x", 1.5, True),
        "line_items[0].quantity": ("2", 1.5, True, -1, 10**12, [], 10**300),
        "line_items[0].current_quantity": (-1, "1", 3),
        "line_items[0].sku": (7, []),
        "line_items[0].price_set": ("1.00", 7, []),
        "line_items[0].tax_lines": ("x", {}),
        "line_items[0].tax_lines[0].rate": ("x", -1, 11, [], True),
        "line_items[0].discount_allocations": ("x",),
        "shipping_lines": ("x", {}),
        "shipping_lines[0].is_removed": ("no",),
        "shipping_address": ("x", 7, []),
        "shipping_address.country_code": ("Germany", "D", "1!", 7),
        "customer": ("x", 7),
        "customer.id": ("x", -5),
    }
    for path, values in wrong.items():
        for value in values:
            yield _made(f"{path} = {str(value)[:20]}", path, _set(path, value))


def _wrong_values() -> Iterator[Spoiled]:
    amounts: tuple[object, ...] = (
        "", "abc", "NaN", "Infinity", "1_0", "٣", "1e40", "1" * 50, "0." + "1" * 11, True, [], {},
    )  # fmt: skip
    for amount in amounts:
        path = "line_items[0].price_set.shop_money.amount"
        yield _made(f"price {str(amount)[:12]}", path, _set(path, amount))
    for currency in ("ZZZ", "eur", "EURO", "XXX", "USDC", ""):
        yield _made(f"currency {currency}", "currency", _set("currency", currency))
    other = {"shop_money": {"amount": "1.00", "currency_code": "USD"}}
    path = "line_items[0].price_set"
    yield _made("line in another currency", f"{path}.shop_money.currency_code", _set(path, other))
    negative = {"shop_money": {"amount": "-1.00", "currency_code": "EUR"}}
    yield _made("negative price", "line_items[0].price", _set(path, negative))
    yield _made("negative total", "total_price", _set("current_total_price_set", negative))
    yield _made("all removed", "line_items", _set("line_items[0].current_quantity", 0))
    yield _made("long name", "name", _set("name", "x" * 300))
    yield _made("long note", "note", _set("note", "x" * 5001))
    yield _made("10 MB note", "note", _set("note", "x" * 10_000_000))
    yield _made("NUL in text", "note", _set("note", "a\0b"))
    yield _made("half a surrogate pair", "note", _set("note", "a\ud800b"))


def refusal_or_answer(call: Callable[[], object]) -> object:
    """What was answered, or the Unreadable that was raised, complete."""
    try:
        return call()
    except Unreadable as refused:
        incomplete = not (refused.field and refused.reason and refused.remedy)
        return AssertionError(repr(refused)) if incomplete else refused
