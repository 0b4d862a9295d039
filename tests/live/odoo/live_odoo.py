"""A real Odoo for tests: where it is, and records of a run's own under a unique prefix."""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from crossdock.connectors.odoo import connector
from crossdock.connectors.odoo.connector import OdooConnector
from crossdock.ports.capabilities import Connection

VARIABLES = ("URL", "DB", "LOGIN", "KEY")


def variable(name: str) -> str:
    return os.environ.get(f"CROSSDOCK_LIVE_ODOO_{name}", "")


def missing_variables() -> list[str]:
    return [f"CROSSDOCK_LIVE_ODOO_{name}" for name in VARIABLES if not variable(name)]


@dataclass(slots=True)
class LiveOdoo:
    """Calls beside the connector under test, and what a run made."""

    url: str
    database: str
    key: str = field(repr=False)
    admin_key: str = field(default="", repr=False)
    prefix: str = field(default_factory=lambda: f"cd{secrets.token_hex(4)}")

    @classmethod
    def from_environment(cls) -> "LiveOdoo":
        return cls(variable("URL"), variable("DB"), variable("KEY"), variable("ADMIN_KEY"))

    def call(self, model: str, method: str, *, admin: bool = False, **arguments: Any) -> Any:
        headers = {
            "Authorization": f"bearer {self.admin_key if admin else self.key}",
            "X-Odoo-Database": self.database,
        }
        reply = httpx.post(
            f"{self.url}/json/2/{model}/{method}", json=arguments, headers=headers, timeout=120
        )
        assert reply.status_code == 200, f"{model}/{method}: {reply.status_code} {reply.text[:500]}"
        return reply.json()

    def create(self, model: str, values: Mapping[str, Any], *, admin: bool = False) -> int:
        (record,) = self.call(model, "create", admin=admin, vals_list=[values])
        return int(record)

    def find(self, model: str, domain: Sequence[Any], fields: Sequence[str]) -> Any:
        return self.call(
            model, "search_read", domain=list(domain), fields=list(fields), load=None, order="id"
        )

    def tax(self, percent: float, *, included: bool) -> int:
        """A sales tax of that rate; made when there is none, for which the admin key is needed."""
        domain = [["type_tax_use", "=", "sale"], ["amount", "=", percent],
                  ["amount_type", "=", "percent"]]  # fmt: skip
        for tax in self.find("account.tax", domain, ["price_include"]):
            if tax["price_include"] is included:
                return int(tax["id"])
        values = {
            "name": f"{percent:g}% {'incl' if included else 'excl'} {self.prefix}",
            "amount": percent, "amount_type": "percent", "type_tax_use": "sale",
            "price_include_override": "tax_included" if included else "tax_excluded",
        }  # fmt: skip
        return self.create("account.tax", values, admin=True)

    def connector(self, url: str = "", **settings: str) -> OdooConnector:
        """The connector under test; `url` when a proxy stands before Odoo."""
        connection = Connection(
            1, 1, "odoo", "odoo",
            {"url": url or self.url, "database": self.database, **settings},
            {"key": (self.key,), "webhook_token": ("token",)},
        )  # fmt: skip
        made = connector(connection)
        assert isinstance(made, OdooConnector)
        return made
