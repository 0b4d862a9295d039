"""Odoo 19's JSON-2 over HTTP: authentication, database, content type, body, then the method."""

import json
from collections.abc import Mapping
from typing import Any

from crossdock.connectors.odoo.twin.database import Database
from crossdock.connectors.odoo.twin.errors import HTML, JSON, OdooError, werkzeug
from crossdock.connectors.odoo.twin.methods import Methods
from crossdock.connectors.odoo.twin.seed import seed
from crossdock.engine.clock import Clock
from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.twin import Twin
from crossdock.testing.wire import TwinReply, TwinRequest

PREFIX = "/json/2/"
KEY = "twin-key"
DATABASE = "twin"
VERSION = {"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}
WIZARD = "sale.advance.payment.inv"
COUNTED_BY_IDS = frozenset((
    "sale.order/action_confirm", "sale.order/action_cancel", "stock.picking/button_validate",
    "stock.picking/action_cancel", "account.move/action_post",
))  # fmt: skip
"""Calls that take an order's worth of time for each of their ids."""


class OdooTwin(Twin):
    """An Odoo in memory. `database`, `methods` and `key` may be changed by tests."""

    title = "odoo"

    def __init__(
        self,
        *,
        key: str = KEY,
        database: str = DATABASE,
        clock: Clock | None = None,
        fault_seed: int = 1,
    ) -> None:
        super().__init__(clock=clock, seed=fault_seed)
        self.key = key
        self.database_name = database
        self.reset()

    def reset(self) -> None:
        """The records of a fresh database. Nothing of it counts as an effect."""
        self.database = Database(self.clock, self.log)
        self.methods = Methods(self.database)
        seed(self.database)

    def operation(self, request: TwinRequest) -> str:
        """`sale.order/load`; for other paths the path."""
        return request.path.removeprefix(PREFIX)

    def canaries(self) -> list[TwinRequest]:
        """A key nobody has, and an order with an unknown field."""
        body = {"fields": ["id", "no_such_field"], "data": [["canary.order", "x"]]}
        path = f"{PREFIX}sale.order/load"
        return [
            TwinRequest("POST", path, headers=self._headers("wrong key"), body=_json(body)),
            TwinRequest("POST", path, headers=self._headers(self.key), body=_json(body)),
        ]

    def handle(self, request: TwinRequest) -> TwinReply:
        if request.path in ("/json/version", "/web/version") and request.method == "GET":
            return TwinReply.of_json(VERSION, headers=JSON)
        if not request.path.startswith(PREFIX) or request.method != "POST":
            return _page(404, "Not Found")
        if request.headers.get("x-odoo-database") != self.database_name:
            return _page(404, "No database is selected")
        try:
            self._authenticate(request.headers)
            if not request.headers.get("content-type", "").startswith("application/json"):
                return _page(415, "Unsupported Media Type")
            value = self._call(request)
        except OdooError as error:
            return error.reply()
        return TwinReply.of_json(value, headers=JSON)

    def _call(self, request: TwinRequest) -> Any:
        model, _, method = self.operation(request).partition("/")
        try:
            body = request.json() if request.body else {}
        except ValueError as error:
            message = f"could not parse the body as json: {error}"
            raise werkzeug(400, "BadRequest", message) from error
        parameters = dict(body) if isinstance(body, dict) else {}
        context = parameters.pop("context", None) or {}
        return self.methods.call(model, method, parameters, context, request.begun)

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            message = "User not authenticated, use an API Key with a Bearer Authorization header."
            raise werkzeug(401, "Unauthorized", message)
        if key != self.key:
            raise werkzeug(401, "Unauthorized", "Invalid apikey")

    def orders_in(self, request: TwinRequest) -> int:
        """Orders that a call creates, changes, ships or invoices."""
        operation = self.operation(request)
        try:
            if operation == "sale.order/load":
                rows = request.json()["data"]
                return sum(1 for row in rows if row[0])
            if operation in COUNTED_BY_IDS:
                return len(request.json()["ids"])
            if operation == "sale.advance.payment.inv/create_invoices":
                wizards = (self.database.record(WIZARD, n) for n in request.json()["ids"])
                return sum(len(wizard["sale_order_ids"]) for wizard in wizards)
        except (ValueError, KeyError, TypeError, IndexError, OdooError):
            return 0
        return 0

    def state(self) -> Any:
        """How many records of each model, and the orders."""
        tables = self.database.tables
        orders = [
            {
                "id": order["id"], "name": order["name"], "state": order["state"],
                "client_order_ref": order["client_order_ref"] or "",
                "external_id": self.database.names.get(("sale.order", order["id"]), ""),
                "amount_total": str(order["amount_total"]),
            }
            for order in tables["sale.order"].values()
        ]  # fmt: skip
        return {"counts": {model: len(rows) for model, rows in tables.items()}, "orders": orders}

    def fault_reply(self, fault: Fault, request: TwinRequest) -> TwinReply:
        """A 5xx of Odoo itself is a serialization failure: nothing was committed."""
        if fault.kind is FaultKind.SERVER_ERROR and fault.status in (0, 500):
            text = "could not serialize access due to concurrent update\n"
            return OdooError(500, "psycopg2.errors.SerializationFailure", text).reply()
        return super().fault_reply(fault, request)

    def _headers(self, key: str) -> dict[str, str]:
        return {
            "authorization": f"bearer {key}",
            "x-odoo-database": self.database_name,
            "content-type": "application/json",
        }


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _page(status: int, title: str) -> TwinReply:
    text = f"<!DOCTYPE html>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n"
    return TwinReply(status, text.encode(), HTML)
