"""read, search, search_read, fields_get, get_external_id."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.computed import value_of
from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.domains import compile_domain
from crossdock.connectors.odoo.twin.errors import missing_error, value_error
from crossdock.connectors.odoo.twin.schema import MODELS, Field, child_of

Context = Mapping[str, Any]
LABELS_WANTED = "_classic_read"


def search(
    database: Database, model: str, context: Context, domain: Any, *,
    order: str | None = None, limit: int | None = None, offset: int = 0,
) -> list[int]:  # fmt: skip
    """Ids, in the order asked for; archived records only with active_test false."""
    test = compile_domain(database, model, domain)
    wanted = test
    if "active" in MODELS[model] and context.get("active_test", True) and not _names_active(domain):

        def wanted(record: Record) -> bool:
            return bool(record["active"]) and test(record)

    found = [record for record in _candidates(database, model, domain) if wanted(record)]
    for part in reversed((order or "id").split(",")):
        name, _, direction = part.strip().partition(" ")
        if name not in MODELS[model]:
            raise value_error(f"Invalid field {name!r} on {model!r}")
        found.sort(key=lambda r, n=name: r[n] or 0, reverse=direction == "desc")  # type: ignore[misc]
    return [record["id"] for record in found][offset : offset + limit if limit else None]


def _candidates(database: Database, model: str, domain: Sequence[Any]) -> Iterable[Record]:
    """By an index where a condition that must hold names ids or a many2one; else all records."""
    table = database.tables[model]
    if all(isinstance(item, list | tuple) for item in domain):
        for name, operator, value in domain:
            values = [value] if operator == "=" else value if operator == "in" else None
            field = MODELS[model].get(name)
            if values is None or field is None:
                continue
            if name == "id":
                return [table[number] for number in values if number in table]
            if field.type == "many2one" and False not in values:
                return [table[n] for v in values for n in database.naming(model, name, v)]
    return list(table.values())


def _names_active(domain: Sequence[Any]) -> bool:
    return any(isinstance(item, list | tuple) and item[0] == "active" for item in domain)


def read(
    database: Database, model: str, ids: Iterable[int], fields: Sequence[str] | None,
    load: str | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Missing ids are left out; with `load` null a many2one is a bare id."""
    wanted = list(dict.fromkeys(["id", *(fields or MODELS[model])]))
    for name in wanted:
        if name not in MODELS[model]:
            raise value_error(f"Invalid field {name!r} on {model!r}")
    chosen = [MODELS[model][name] for name in wanted]
    table = database.tables[model]
    return [
        {field.name: _value(database, model, table[number], field, load) for field in chosen}
        for number in ids
        if number in table
    ]


def web_read(
    database: Database, model: str, ids: Sequence[int], specification: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Bare ids for many2one; records of a list where `fields` asks for them.

    Tried on 19.0: one missing id refuses the whole call with 404 MissingError.
    """
    found = read(database, model, ids, list(specification), None)
    if len(found) < len(set(ids)):
        raise missing_error(model, next(n for n in ids if n not in database.tables[model]))
    for values in found:
        for name, asked in specification.items():
            field = MODELS[model][name]
            if "fields" in asked and field.type in ("one2many", "many2many"):
                child = child_of(field)[0] if field.type == "one2many" else field.relation
                values[name] = web_read(database, child, values[name], asked["fields"])
    return found


def _value(database: Database, model: str, record: Record, field: Field, load: str | None) -> Any:
    value = value_of(database, model, record, field.name)
    if field.name == "display_name":
        return label(model, record)
    if field.name == "parent_name" and record["parent_id"]:
        return database.tables[model][record["parent_id"]]["name"]
    if field.type == "one2many":
        return database.children(field, record["id"])
    if field.type == "many2one" and value and load == LABELS_WANTED:
        return [value, label(field.relation, database.record(field.relation, value))]
    return wire(field, value)


def wire(field: Field, value: Any) -> Any:
    """Odoo's JSON: numbers with a point for floats, whatever their value."""
    if field.type in ("float", "monetary"):
        return float(value)  # the wire's own shape: Odoo sends binary floating point
    return int(value) if isinstance(value, Decimal) else value


def label(model: str, record: Record) -> str:
    """What a many2one shows."""
    if model == "product.product" and record["default_code"]:
        return f"[{record['default_code']}] {record['name']}"
    return str(record.get("name") or f"{model},{record['id']}")


def fields_get(
    model: str, allfields: Sequence[str] | None, attributes: Sequence[str] | None, hidden: set[str]
) -> dict[str, dict[str, Any]]:
    """Type, label and obligation of the fields that the user may see."""
    described = {
        name: {"type": field.type, "string": field.label, "required": field.required}
        for name, field in MODELS[model].items()
        if (not allfields or name in allfields) and f"{model}.{name}" not in hidden
    }
    if not attributes:
        return described
    return {n: {a: d[a] for a in attributes if a in d} for n, d in described.items()}
