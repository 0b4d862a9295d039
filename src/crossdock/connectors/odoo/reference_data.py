"""Small facts of an Odoo that hardly change, read once: units, countries, states, currencies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.mapping.deliveries import Unit
from crossdock.ports.errors import Rejected


@dataclass(frozen=True, slots=True)
class Currency:
    """An Odoo currency."""

    code: str
    decimal_places: int


class ReferenceData:
    """Looks facts up in Odoo and remembers them.

    Thread-safe without a lock: two threads that miss a fact both ask for it, and neither waits for
    a call of the other.
    """

    def __init__(self, client: OdooClient) -> None:
        self._client = client
        self._units: dict[int, int] = {}
        self._measures: dict[int, Unit] = {}
        self._regions: dict[str, int] = {}
        self._currencies: dict[int, Currency] = {}
        self._codes: dict[str, dict[int, str]] = {"res.country": {}, "res.country.state": {}}

    def product_units(self, product_ids: Iterable[int]) -> dict[int, int]:
        """Each product's own unit. Raises Rejected for a product Odoo does not have."""
        wanted = set(product_ids)
        missing = sorted(wanted - self._units.keys())
        if missing:
            found = self._client.read(
                "product.product", "read", ids=missing, fields=["uom_id"], load=None
            )
            self._units.update({row["id"]: row["uom_id"] for row in found})
        unknown = sorted(wanted - self._units.keys())
        if unknown:
            raise Rejected(
                f"Odoo has no product with the id {unknown[0]}",
                field="product_id",
                remedy="sweep the stream products, then release it",
                code="missing",
            )
        return {product: self._units[product] for product in wanted}

    def unit(self, unit_id: int) -> Unit:
        """A unit of measure; archived ones too. Raises Rejected for one that was deleted."""
        if unit_id not in self._measures:
            found = self._client.read(
                "uom.uom", "search_read", domain=[], fields=["factor", "rounding"], load=None,
                context={"active_test": False},
            )  # fmt: skip
            self._measures = {**self._measures, **{row["id"]: _unit(row) for row in found}}
        if unit_id not in self._measures:
            raise Rejected(
                f"Odoo has no unit with the id {unit_id}", field="unit", code="missing",
                remedy="give the order line a unit in Odoo, then release it",
            )  # fmt: skip
        return self._measures[unit_id]

    def region_id(self, code: str) -> int:
        """A country (`US`) or one of its states (`US-CA`). Raises Rejected for an unknown one."""
        if code not in self._regions:
            self._regions[code] = self._read_region(code)
        return self._regions[code]

    def region_code(self, model: str, record_id: int | bool) -> str:
        """The code of a `res.country` or `res.country.state`; empty for none (false)."""
        if not record_id:
            return ""
        if record_id not in self._codes[model]:
            found = self._client.read(model, "search_read", domain=[], fields=["code"], load=None)
            self._codes[model] = {row["id"]: row["code"] or "" for row in found}
        return self._codes[model].get(record_id, "")

    def _read_region(self, code: str) -> int:
        country, dash, state = code.partition("-")
        model, domain = "res.country", [["code", "=", country]]
        if dash:
            model = "res.country.state"
            domain = [["country_id.code", "=", country], ["code", "=", state]]
        found = self._client.read(model, "search_read", domain=domain, fields=["id"], limit=1)
        if not found:
            raise Rejected(
                f"Odoo has no {'state' if dash else 'country'} {code}",
                field="subdivision" if dash else "country",
                remedy=f"add {code} in Odoo under Contacts, Configuration, then release it",
                code="missing",
            )
        return int(found[0]["id"])

    def currency(self, currency_id: int) -> Currency:
        if currency_id not in self._currencies:
            found = self._client.read(
                "res.currency", "search_read", domain=[], fields=["name", "decimal_places"],
                load=None, context={"active_test": False},
            )  # fmt: skip
            self._currencies = {
                row["id"]: Currency(row["name"], row["decimal_places"]) for row in found
            }
        return self._currencies[currency_id]


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(Decimal(str(row["factor"])), Decimal(str(row["rounding"])))
