"""A distributor's trade for benchmarks: what is sold, who buys, and their orders as webhooks."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import orjson

from crossdock.connectors.shopify.twin.catalogue import Catalogue, Item, Person
from crossdock.connectors.shopify.twin.order_factory import PLAIN, OrderFactory
from crossdock.connectors.shopify.twin.rest_shape import order_body
from crossdock.ports.message import Arrival

TOPIC = "orders/create"
COUNTRIES = ("DE", "FR", "GB", "ES", "NL")


def catalogue(prefix: str, items: int, people: int, seed: int = 5) -> Catalogue:
    """Goods with plain prices, and customers in five countries; codes begin with `prefix`."""
    numbers = random.Random(seed)
    return Catalogue(
        tuple(_item(prefix, n, numbers.randrange(100, 20_000)) for n in range(items)),
        tuple(_person(prefix, n) for n in range(people)),
    )


def _item(prefix: str, number: int, cents: int) -> Item:
    return Item(
        sku=f"{prefix}-{number:05d}",
        title=f"Article {number}",
        variant_title="",
        price=Decimal(cents) / 100,
        grams=500,
        product_id=8_000_000_000_001 + number,
        variant_id=44_000_000_000_001 + number,
    )


def _person(prefix: str, number: int) -> Person:
    return Person(
        first_name=f"First{number}",
        last_name=f"Last{number}",
        email=f"{prefix}{number}@mail.example".lower(),
        company="" if number % 3 else f"{prefix} Company {number}",
        address1=f"{prefix} street {number}",
        city=f"City {number % 50}",
        zip=f"{10_000 + number}",
        province="",
        province_code="",
        country="Land",
        country_code=COUNTRIES[number % len(COUNTRIES)],
    )


class Orders:
    """Ever new orders of 1 to 6 lines by known customers, as a shop's webhooks carry them."""

    def __init__(self, sold: Catalogue, currency: str, now: datetime, seed: int) -> None:
        self._factory = OrderFactory(sold, seed, replace(PLAIN, currencies=(currency,)))
        self._now = now

    def arrivals(self, count: int, *, lines: int | None = None) -> Iterator[Arrival]:
        """The next webhooks; unsigned, because they are kept behind the door."""
        for _ in range(count):
            order = self._factory.order(self._now, lines=lines)
            if order.po_number:
                order.po_number = f"{order.po_number}-{order.number}"
            body = orjson.dumps(order_body(order), default=_exact)
            yield Arrival(TOPIC, {"content-type": "application/json"}, body)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} in an order's body")
