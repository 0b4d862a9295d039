"""create, write and unlink; what an order and its lines are given by default."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import (
    OdooError,
    missing_error,
    user_error,
    validation_error,
    value_error,
)
from crossdock.connectors.odoo.twin.moves import move_line_defaults, moves_of, refresh
from crossdock.connectors.odoo.twin.sale_orders import (
    compute_amounts,
    line_defaults,
    order_defaults,
)
from crossdock.connectors.odoo.twin.schema import MODELS, Field, child_of

STAMP = "%Y-%m-%d %H:%M:%S"
DIGITS = {"product_uom_qty": Decimal("0.01"), "discount": Decimal("0.01")}
"""Odoo's decimal precisions Product Unit and Discount; prices are kept as they are given."""


def create(database: Database, model: str, vals_list: Sequence[Mapping[str, Any]]) -> list[int]:
    """All or nothing: everything is checked before the first record stands."""
    checked = [checked_values(database, model, values) for values in vals_list]
    for values in checked:
        require(model, values)
    unique_barcodes(database, model, checked)
    return [insert(database, model, values)["id"] for values in checked]


def write(database: Database, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> bool:
    """The same values for all. Raises OdooError, also for a missing record."""
    records = [database.record(model, number) for number in ids]
    checked = checked_values(database, model, values)
    lines = {name: checked.pop(name) for name in list(checked) if _one2many(model, name)}
    for record in records:
        database.update(model, record, checked)
        _insert_lines(database, model, record, lines)
        _recompute(database, model, record)
        database.effect("changed", model, record)
    return True


def write_loaded(database: Database, model: str, record: Record, values: Mapping[str, Any]) -> None:
    """What `load` brings for a record that it names by its database id."""
    plain = {name: value for name, value in values.items() if not _one2many(model, name)}
    lines = {name: value for name, value in values.items() if _one2many(model, name)}
    database.update(model, record, plain)
    _insert_lines(database, model, record, lines)
    _recompute(database, model, record)
    database.effect("changed", model, record)


def unlink(database: Database, model: str, ids: Sequence[int]) -> bool:
    """Only drafts and cancelled orders can be deleted."""
    for number in ids:
        record = database.record(model, number)
        if model == "sale.order" and record["state"] == "sale":
            raise user_error(
                "You can not delete a sent quotation or a confirmed sales order."
                " You must first cancel it."
            )
    database.delete(model, ids)
    return True


def insert(
    database: Database, model: str, values: Mapping[str, Any], external_id: str = ""
) -> Record:
    """A checked record with its defaults, its lines and its external id."""
    plain = {name: value for name, value in values.items() if not _one2many(model, name)}
    lines = {name: value for name, value in values.items() if _one2many(model, name)}
    record = _insert_plain(database, model, plain, external_id)
    _insert_lines(database, model, record, lines)
    _recompute(database, model, record)
    database.effect("created", model, record)
    return record


def _insert_plain(
    database: Database, model: str, values: dict[str, Any], external_id: str
) -> Record:
    record = database.insert(model, _with_defaults(database, model, values))
    if external_id:
        database.name(external_id, model, record["id"])
    return record


def _insert_lines(database: Database, model: str, record: Record, lines: Mapping[str, Any]) -> None:
    for field, children in lines.items():
        child_model, back = child_of(MODELS[model][field])
        for values in children:
            own = {**values, back: record["id"]}
            known = database.external_ids.get(name := own.pop("external_id", ""))
            if known:
                database.update(child_model, database.record(child_model, known.record_id), own)
                continue
            child = _insert_plain(database, child_model, own, name)
            database.effect("created", child_model, child)


def _recompute(database: Database, model: str, record: Record) -> None:
    if model == "sale.order":
        compute_amounts(database, record)
    elif model == "sale.order.line":
        compute_amounts(database, database.record("sale.order", record["order_id"]))
    elif model == "stock.picking":
        for move in moves_of(database, record):
            refresh(database, move)
    elif model == "stock.move.line":
        refresh(database, database.record("stock.move", record["move_id"]))


def _with_defaults(database: Database, model: str, values: dict[str, Any]) -> dict[str, Any]:
    if model == "sale.order":
        return order_defaults(database, values)
    if model == "sale.order.line":
        return line_defaults(database, values)
    if model == "product.product":
        tax = [1] if 1 in database.tables["account.tax"] else []
        plain = {"tracking": "none", "invoice_policy": "order", "uom_id": 1, "sale_ok": True}
        return {**plain, "type": "consu", "taxes_id": tax, **values}
    if model == "stock.move.line":
        return move_line_defaults(database, values)
    if model == "sale.advance.payment.inv":
        return {"advance_payment_method": "delivered", "consolidated_billing": True, **values}
    if model == "res.partner":
        return {"type": "contact", **values}
    if model == "account.tax":
        return _tax_defaults(values)
    return values


def _tax_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the price includes it is said by an override; by default it does not."""
    included = values.get("price_include_override") == "tax_included"
    return {
        "amount_type": "percent",
        "type_tax_use": "sale",
        "company_id": 1,
        "sequence": 1,
        "price_include": included,
        **values,
    }


def _one2many(model: str, name: str) -> bool:
    field = MODELS[model].get(name)
    return field is not None and field.type == "one2many"


def checked_values(database: Database, model: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they are stored. Raises OdooError for an unknown field or an impossible value."""
    checked: dict[str, Any] = {}
    for name, value in values.items():
        field = MODELS[model].get(name)
        if field is None:
            raise value_error(f"Invalid field {name!r} in {model!r}")
        checked[name] = _checked(database, model, field, value)
    return checked


def _checked(database: Database, model: str, field: Field, value: Any) -> Any:
    if value is None or value is False:
        return field.type in ("float", "monetary", "integer") and Decimal(0)
    match field.type:
        case "float" | "monetary":
            return stored_number(field, Decimal(str(value)))
        case "many2one":
            if not isinstance(value, int):
                raise OdooError(
                    500,
                    "psycopg2.errors.InvalidTextRepresentation",
                    f'invalid input syntax for type integer: "{value}"',
                )
            if value not in database.tables[field.relation]:
                raise missing_error(field.relation, value)
        case "many2many":
            return _linked(value)
        case "one2many":
            return [
                checked_values(database, child_of(field)[0], command[2])
                for command in value
                if command[0] == 0
            ]
        case "selection" if value not in field.values:
            raise value_error(f"Wrong value for {model}.{field.name}: {value!r}")
        case "datetime" if not is_instant(str(value)):
            raise value_error(f"time data {value!r} does not match format {STAMP!r}")
    return value


def _linked(commands: Sequence[Any]) -> list[int]:
    linked: list[int] = []
    for command in commands:
        if isinstance(command, int):
            linked.append(command)
        elif command[0] == 6:
            linked = list(command[2])
        elif command[0] == 4:
            linked.append(command[1])
    return linked


def is_instant(text: str) -> bool:
    """Whether it is an instant as Odoo takes it: no T, no zone."""
    try:
        datetime.strptime(text, STAMP)  # noqa: DTZ007 - Odoo's instants carry no zone
    except ValueError:
        return False
    return True


def stored_number(field: Field, value: Decimal) -> Decimal:
    """A number with the decimals that Odoo keeps of it."""
    digits = DIGITS.get(field.name)
    return value.quantize(digits) if digits else value


def missing_required(model: str, values: Mapping[str, Any]) -> Field | None:
    """The first required field without a value."""
    for field in MODELS[model].values():
        if field.required and field.name != "name" and not values.get(field.name):
            return field
    required_name = MODELS[model].get("name")
    if required_name and required_name.required and not values.get("name"):
        return required_name
    return None


def required_message(model: str, field: Field) -> str:
    """Odoo's words for it."""
    return f"Missing required value for the field '{field.label}' ({field.name}).\nModel: ({model})"


def require(model: str, values: Mapping[str, Any]) -> None:
    """Raises OdooError (ValidationError)."""
    if field := missing_required(model, values):
        message = required_message(model, field)
        raise validation_error(f"The operation cannot be completed: {message}")


def unique_barcodes(database: Database, model: str, vals_list: Sequence[Mapping[str, Any]]) -> None:
    """A barcode is unique, a default_code is not. Raises OdooError (ValidationError)."""
    if model != "product.product":
        return
    taken = {r["barcode"] for r in database.tables[model].values() if r["barcode"]}
    for values in vals_list:
        barcode = values.get("barcode")
        if barcode and barcode in taken:
            raise validation_error(f'Barcode(s) already assigned:\n\n- Barcode "{barcode}"')
        taken.add(barcode)
