"""Reference data for a rehearsal in an Odoo (the twin or a real one), by its own JSON-2 API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

SERVICE_CODES = ("SHIPPING", "DISCOUNT", "FEE")
CONTEXT = {"lang": "en_US", "tz": "UTC"}


@dataclass(slots=True)
class OdooRecords:
    """A thin caller for set-up and checks, independent of the connector under test."""

    url: str
    database: str
    key: str = field(repr=False)
    timeout: float = 120

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        """One JSON-2 call. Raises RuntimeError with Odoo's own words."""
        body = {"context": CONTEXT, **arguments}
        headers = {"Authorization": f"bearer {self.key}", "X-Odoo-Database": self.database}
        reply = httpx.post(
            f"{self.url}/json/2/{model}/{method}", json=body, headers=headers, timeout=self.timeout
        )
        if reply.status_code != 200:
            raise RuntimeError(f"{model}.{method} answered {reply.status_code}: {reply.text[:300]}")
        return reply.json()

    def create(self, model: str, values: Sequence[Mapping[str, Any]]) -> list[int]:
        """Create records; returns their ids."""
        if not values:
            return []
        ids: list[int] = self.call(model, "create", vals_list=list(values))
        return ids

    def find(
        self, model: str, domain: list[Any], fields: list[str], limit: int = 0
    ) -> list[dict[str, Any]]:
        """Records as plain dictionaries, many2one as bare ids."""
        extra = {"limit": limit} if limit else {}
        found: list[dict[str, Any]] = self.call(
            model, "search_read", domain=domain, fields=fields, load=None, order="id", **extra
        )
        return found


def make_products(odoo: OdooRecords, items: Sequence[Mapping[str, Any]], prefix: str = "") -> None:
    """Goods by SKU, and the service products (their codes prefixed) that charges are booked on."""
    services_wanted = [prefix + code for code in SERVICE_CODES]
    wanted = [*(i["sku"] for i in items), *services_wanted]
    found = odoo.find("product.product", [["default_code", "in", wanted]], ["default_code"])
    known = {p["default_code"] for p in found}
    goods = [
        _product(f"{i['title']} {i.get('variant_title', '')}", i["sku"], "consu", i["price"])
        for i in items
        if i["sku"] not in known
    ]
    services = [
        _product(code.title(), code, "service", 0) for code in services_wanted if code not in known
    ]
    odoo.create("product.product", [*goods, *services])


def _product(name: str, code: str, kind: str, price: str | int) -> dict[str, Any]:
    return {
        "name": name.strip(),
        "default_code": code,
        "type": kind,
        "invoice_policy": "order" if kind == "service" else "delivery",
        "list_price": float(price),
        "taxes_id": [[6, 0, []]],
    }


def make_partners(odoo: OdooRecords, people: Sequence[Mapping[str, Any]]) -> None:
    """Customers by e-mail, each with the address goods go to."""
    emails = [p["email"] for p in people]
    known = {p["email"] for p in odoo.find("res.partner", [["email", "in", emails]], ["email"])}
    codes = sorted({p["country_code"] for p in people})
    countries = {
        c["code"]: c["id"] for c in odoo.find("res.country", [["code", "in", codes]], ["code"])
    }
    customers = [
        {
            "name": f"{p['first_name']} {p['last_name']}",
            "email": p["email"],
            "street": p["address1"],
            "city": p["city"],
            "zip": p["zip"],
            "country_id": countries.get(p["country_code"], False),
        }
        for p in people
        if p["email"] not in known
    ]
    odoo.create("res.partner", customers)


def make_taxes(odoo: OdooRecords, rates: Sequence[str]) -> None:
    """Sales taxes of the rates (0.19 is 19 %), each excluded from and included in the price."""
    existing = {
        (t["amount"], bool(t["price_include"]))
        for t in odoo.find(
            "account.tax", [["type_tax_use", "=", "sale"]], ["amount", "price_include"]
        )
    }
    wanted = []
    for rate in sorted(set(rates)):
        percent = round(float(rate) * 100, 6)
        for included in (False, True):
            if (percent, included) in existing:
                continue
            wanted.append(
                {
                    "name": f"{percent:g} % {'incl.' if included else 'excl.'}",
                    "amount": percent,
                    "type_tax_use": "sale",
                    "amount_type": "percent",
                    "price_include_override": "tax_included" if included else "tax_excluded",
                }
            )
    odoo.create("account.tax", wanted)
