"""The public methods of the models, by name: what JSON-2 can call on the twin."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.connectors.odoo.twin import (
    grouping,
    invoices,
    on_hand,
    pickings,
    reading,
    sale_orders,
    writing,
)
from crossdock.connectors.odoo.twin.database import Database
from crossdock.connectors.odoo.twin.errors import OdooError, access_error, value_error, werkzeug
from crossdock.connectors.odoo.twin.loading import load
from crossdock.connectors.odoo.twin.schema import MODELS

UID = 2


@dataclass(frozen=True, slots=True)
class Call:
    """What a method is called on, and in which context."""

    model: str
    context: Mapping[str, Any]


Method = Callable[..., Any]
ACTIONS: Mapping[tuple[str, str], Callable[[Database, Any, Mapping[str, Any]], Any]] = {
    ("stock.picking", "button_validate"): pickings.button_validate,
    ("stock.picking", "action_cancel"): lambda db, ids, _: pickings.action_cancel(db, ids),
    ("stock.quant", "action_apply_inventory"): (
        lambda db, ids, _: on_hand.action_apply_inventory(db, ids)
    ),
    ("sale.advance.payment.inv", "create_invoices"): (
        lambda db, ids, _: invoices.create_invoices(db, ids)
    ),
    ("account.move", "action_post"): lambda db, ids, _: invoices.action_post(db, ids),
}
"""Methods that take ids and a context."""
OPERATIONS: Mapping[str, str] = {
    "read": "read", "web_read": "read", "search": "read", "search_read": "read",
    "fields_get": "read", "formatted_read_group": "read", "create": "create", "load": "create",
    "write": "write",
    "unlink": "unlink", "action_confirm": "write", "action_cancel": "write",
    "button_validate": "write", "action_post": "write", "create_invoices": "create",
}  # fmt: skip
"""The right that a method needs."""
CALLED_ON_MODELS = frozenset(
    ("search", "search_read", "formatted_read_group", "create", "fields_get", "load")
)
"""Methods that take no ids."""


class Methods:
    """What a user may call, with the user's rights."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.denied: set[tuple[str, str]] = set()
        """(model, operation) the user has no right to."""
        self.hidden: set[str] = set()
        """`model.field` the user does not see."""
        self.groups = {"uom.group_uom", "product.group_product_pricelist"}

    def call(
        self,
        model: str,
        method: str,
        parameters: Mapping[str, Any],
        context: Mapping[str, Any],
        begun: int,
    ) -> Any:  # fmt: skip
        """Raises OdooError with the status and name that Odoo gives."""
        if model not in MODELS:
            raise werkzeug(404, "NotFound", f"the model {model!r} does not exist")
        if method.startswith("_") or method in ("sudo", "with_context", "browse", "check_access"):
            raise access_error(
                f"Private methods (such as '{model}.{method}') cannot be called remotely."
            )
        function, takes_ids = self._function(model, method)
        if "ids" in parameters and not takes_ids:
            message = f"cannot call {model}.{method} with ids"
            raise werkzeug(422, "UnprocessableEntity", message)
        arguments = dict(parameters)
        if takes_ids:
            arguments.setdefault("ids", [])
        operation = OPERATIONS.get(method)
        if method != "load" and operation and (model, operation) in self.denied:
            raise access_error(f"You are not allowed to {operation} {model} records.")
        _bind(function, arguments, f"{model}.{method}")
        if method == "load":
            return self._load(model, arguments, context, begun)
        self._companies(context)
        return function(Call(model, context), **arguments)

    def _function(self, model: str, method: str) -> tuple[Method, bool]:
        if action := ACTIONS.get((model, method)):
            return lambda call, *, ids: action(self.database, ids, call.context), True
        if model == "sale.order" and method in ("action_confirm", "action_cancel"):
            return getattr(self, method), True
        if model == "res.users" and method in ("context_get", "has_group"):
            return getattr(self, method), method == "has_group"
        if model == "ir.model.data" and method == "check_object_reference":
            return self.check_object_reference, False
        if method in ("read", "web_read", "write", "unlink", "get_external_id", "has_access"):
            return getattr(self, method), True
        if method in CALLED_ON_MODELS:
            return getattr(self, method), False
        raise werkzeug(404, "NotFound", f"The method '{model}.{method}' does not exist")

    @staticmethod
    def _companies(context: Mapping[str, Any]) -> None:
        if any(company != 1 for company in context.get("allowed_company_ids", ())):
            raise access_error("Access to unauthorized or invalid companies.")

    def _load(
        self, model: str, arguments: Mapping[str, Any], context: Mapping[str, Any], begun: int
    ) -> Any:
        """A missing right is a message of its records, as every refusal of `load` is."""
        try:
            self._companies(context)
            if (model, "create") in self.denied:
                raise access_error(f"You are not allowed to create {model} records.")
        except OdooError as error:
            message = {"rows": {"from": 0, "to": 0}, "record": 0, "type": "error"}
            return {"ids": False, "messages": [{**message, "message": error.message}], "nextrow": 0}
        return load(self.database, model, context, arguments["fields"], arguments["data"], begun)

    def load(self, _: Call, *, fields: Any, data: Any) -> Any:
        """Declares the parameters; `_load` does the work."""
        raise NotImplementedError(fields, data)

    def read(
        self, call: Call, *, ids: Any, fields: Any = None, load: str | None = reading.LABELS_WANTED
    ) -> Any:
        return reading.read(self.database, call.model, ids, self._seen(call, fields), load)

    def web_read(self, call: Call, *, ids: Any, specification: Any) -> Any:
        self._seen(call, specification)
        return reading.web_read(self.database, call.model, ids, specification)

    def search(self, call: Call, *, domain: Any, **paging: Any) -> Any:
        return reading.search(self.database, call.model, call.context, domain, **paging)

    def search_read(
        self,
        call: Call,
        *,
        domain: Any = None,
        fields: Any = None,
        load: str | None = reading.LABELS_WANTED,
        **paging: Any,
    ) -> Any:
        ids = self.search(call, domain=domain or [], **paging)
        return reading.read(self.database, call.model, ids, self._seen(call, fields), load)

    def formatted_read_group(
        self, call: Call, *, domain: Any, groupby: Any = (), aggregates: Any = ()
    ) -> Any:
        return grouping.formatted_read_group(
            self.database, call.model, call.context, domain, groupby, aggregates
        )

    def _seen(self, call: Call, fields: Any) -> Any:
        for name in fields or ():
            if f"{call.model}.{name}" in self.hidden:
                raise access_error(f"You do not have enough rights to access the field {name!r}")
        return fields

    def fields_get(self, call: Call, *, allfields: Any = None, attributes: Any = None) -> Any:
        return reading.fields_get(call.model, allfields, attributes, self.hidden)

    def get_external_id(self, call: Call, *, ids: Any) -> Any:
        return {str(number): self.database.names.get((call.model, number), "") for number in ids}

    def has_access(self, call: Call, *, ids: Any, operation: str) -> bool:
        assert not ids, "rights to single records are not simulated"
        return (call.model, operation) not in self.denied and call.model != "ir.model.data"

    def create(self, call: Call, *, vals_list: Any) -> Any:
        return writing.create(self.database, call.model, vals_list)

    def write(self, call: Call, *, ids: Any, vals: Any) -> Any:
        return writing.write(self.database, call.model, ids, vals)

    def unlink(self, call: Call, *, ids: Any) -> Any:
        return writing.unlink(self.database, call.model, ids)

    def action_confirm(self, _: Call, *, ids: Any) -> bool:
        return sale_orders.action_confirm(self.database, ids)

    def action_cancel(self, _: Call, *, ids: Any) -> bool:
        return sale_orders.action_cancel(self.database, ids)

    def context_get(self, _: Call) -> dict[str, Any]:
        return {"lang": "en_US", "tz": False, "uid": UID}

    def has_group(self, _: Call, *, ids: Any, group_ext_id: str) -> bool:
        return UID in ids and group_ext_id in self.groups

    def check_object_reference(self, _: Call, *, module: str, xml_id: str) -> list[Any]:
        """From the worker's cache, which a refused `load` poisons."""
        name = f"{module}.{xml_id}"
        known = self.database.external_ids.get(name)
        if name in self.database.poisoned:
            return [self.database.poisoned[name], False]
        if known is None:
            raise value_error(f"External ID not found in the system: {name}")
        return [known.model, known.record_id]


PAGING = frozenset({"order", "limit", "offset"})


def _bind(function: Method, arguments: Mapping[str, Any], name: str) -> None:
    """Missing arguments are 422, surplus ones 500 TypeError."""
    known = inspect.signature(function).parameters
    keywords = {n: p for n, p in known.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
    more = PAGING if "paging" in known else frozenset()
    for argument in arguments:
        if argument not in keywords and argument not in more:
            message = f"{name}() got an unexpected keyword argument {argument!r}"
            raise OdooError(500, "builtins.TypeError", message)
    for parameter in keywords.values():
        if parameter.default is inspect.Parameter.empty and parameter.name not in arguments:
            message = f"missing a required argument: {parameter.name!r}"
            raise werkzeug(422, "UnprocessableEntity", message)
