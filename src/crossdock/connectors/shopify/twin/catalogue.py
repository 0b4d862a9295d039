"""What the shop sells and to whom: the twin's own, or what a demo puts in its place."""

import unicodedata
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """A variant on sale; price in shop currency, before tax."""

    sku: str
    title: str
    variant_title: str
    price: Decimal
    grams: int
    product_id: int
    variant_id: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who buys, and where they live."""

    first_name: str
    last_name: str
    email: str
    company: str
    address1: str
    city: str
    zip: str
    province: str
    province_code: str
    country: str
    country_code: str


_GOODS = (
    ("BOLT-M8", "Hex bolt M8", ("40 mm", "60 mm", "80 mm"), "12.40", 900),
    ("PAINT-EXT", "Exterior paint", ("1 l", "5 l"), "29.95", 1300),
    ("GLOVE-NIT", "Nitrile gloves", ("S", "M", "L"), "8.90", 300),
    ("DRILL-18V", "Cordless drill 18 V", ("",), "149.00", 1800),
    ("TAPE-DUCT", "Duct tape", ("silver", "black"), "6.49", 420),
    ("LADDER-3M", "Ladder 3 m", ("",), "89.50", 9500),
    ("LED-E27", "LED lamp E27", ("warm", "cold"), "4.79", 80),
    ("HOSE-GARDEN", "Garden hose", ("15 m", "25 m"), "34.25", 2600),
    ("SCREW-WD", "Wood screws", ("4x40", "5x60"), "9.99", 700),
    ("FILTER-AIR", "Air filter", ("",), "17.333", 350),
)

_PEOPLE = (
    ("Maren", "Holt", "", "Lindenallee 4", "Leipzig", "04109", "", "", "Germany", "DE"),
    ("Jonas", "Falk", "Falk Bau GmbH", "Am Hafen 12", "Hamburg", "20457", "", "", "Germany", "DE"),
    ("Claire", "Dubois", "", "7 rue des Lilas", "Lyon", "69003", "", "", "France", "FR"),
    ("Aiko", "Tanaka", "", "3-2-1 Kita", "Sapporo", "060-0001", "Hokkaido", "JP-01", "Japan", "JP"),
    ("Owen", "Price", "", "18 Mill Lane", "Cardiff", "CF10 1AA", "Wales", "WLS",
     "United Kingdom", "GB"),
    ("Rosa", "Núñez", "Núñez e Hijos", "Calle Mayor 9", "Valencia", "46001", "Valencia", "V",
     "Spain", "ES"),
    ("Dale", "Wright", "Wright Supply Co.", "4210 Cedar Ave", "Austin", "78701", "Texas", "TX",
     "United States", "US"),
    ("Imani", "Brooks", "", "77 Lake St", "Madison", "53703", "Wisconsin", "WI",
     "United States", "US"),
    ("Noah", "Tremblay", "", "15 rue du Port", "Québec", "G1K 4A5", "Quebec", "QC",
     "Canada", "CA"),
    ("Sofie", "Jansen", "Jansen Installatie BV", "Kade 31", "Rotterdam", "3011 AA", "", "",
     "Netherlands", "NL"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Items on sale and people who buy."""

    items: tuple[Item, ...]
    people: tuple[Person, ...]

    def to_json(self) -> dict[str, Any]:
        items = [{**asdict(item), "price": str(item.price)} for item in self.items]
        return {"items": items, "people": [asdict(person) for person in self.people]}

    @classmethod
    def from_json(cls, value: Any) -> "Catalogue":
        """Raises ValueError, TypeError or KeyError for what is no catalogue."""
        items = tuple(
            Item(**{**_item_defaults(index), **item, "price": Decimal(str(item["price"]))})
            for index, item in enumerate(value["items"])
        )
        people = tuple(Person(**person) for person in value["people"])
        return cls(items, people)


def _item_defaults(index: int) -> dict[str, Any]:
    return {
        "title": f"Article {index}",
        "variant_title": "",
        "grams": 500,
        "product_id": 8_000_000_000_001 + index,
        "variant_id": 44_000_000_000_001 + index,
    }


def _email(first_name: str, last_name: str) -> str:
    plain = unicodedata.normalize("NFKD", f"{first_name}.{last_name}".lower())
    return f"{plain.encode('ascii', 'ignore').decode()}@mail.example"


def standard_catalogue() -> Catalogue:
    """The shop's own goods and customers, always the same."""
    items = [
        Item(
            sku=f"{sku}-{number}" if len(variants) > 1 else sku,
            title=title,
            variant_title=variant,
            price=Decimal(price),
            grams=grams,
            product_id=8_000_000_000_001 + product,
            variant_id=44_000_000_000_001 + product * 10 + number,
        )
        for product, (sku, title, variants, price, grams) in enumerate(_GOODS)
        for number, variant in enumerate(variants, start=1)
    ]
    people = [Person(row[0], row[1], _email(row[0], row[1]), *row[2:]) for row in _PEOPLE]
    return Catalogue(tuple(items), tuple(people))
