"""`load`: rows of text into records, by external id; refusals as HTTP 200 with messages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from crossdock.connectors.odoo.twin.database import Database
from crossdock.connectors.odoo.twin.errors import OdooError, value_error
from crossdock.connectors.odoo.twin.sale_orders import next_order_name
from crossdock.connectors.odoo.twin.schema import MODELS, Field, child_of
from crossdock.connectors.odoo.twin.writing import (
    insert,
    is_instant,
    missing_required,
    required_message,
    stored_number,
    unique_barcodes,
    write,
    write_loaded,
)

SERIALIZATION = "could not serialize access due to concurrent update\n"
Message = dict[str, Any]
POSSIBLE_VALUES: Mapping[str, Any] = {
    "name": "Possible Values", "type": "ir.actions.act_window", "target": "new",
    "view_mode": "list,form", "views": [[False, "list"], [False, "form"]],
    "context": {"create": False}, "help": "See all possible values",
}  # fmt: skip
"""The action that comes with a reference nobody found."""


@dataclass(slots=True)
class Extracted:
    """One record of the matrix: its first row's cells and its lines' cells, by column."""

    first: int
    last: int
    cells: dict[str, str]
    lines: dict[str, list[dict[str, str]]]


@dataclass(slots=True)
class Converted:
    """A record ready to be stored."""

    external_id: str
    record_id: int = 0
    """The record it changes, where the row names one by `.id`."""
    values: dict[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """A cell that cannot become a value."""

    def __init__(self, column: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.more = more


def load(
    database: Database, model: str, context: Mapping[str, Any], fields: Sequence[str],
    data: Sequence[Sequence[str]], begun: int,
) -> dict[str, Any]:  # fmt: skip
    """Create-if-absent by external id, all or nothing."""
    columns = [_column(model, path) for path in fields]
    extracted = list(_extract(model, columns, data))
    messages: list[Message] = []
    records: list[Converted] = []
    for number, found in enumerate(extracted):
        records.append(_convert(database, model, found, number, messages))
    for number, (found, record) in enumerate(zip(extracted, records, strict=True)):
        _check(database, model, _Place(number, found, begun), record, messages)
    _check_barcodes(database, model, extracted, records, messages)
    if messages:
        _roll_back(database, model, records)
        return {"ids": False, "messages": messages, "nextrow": 0}
    ids = [_store(database, model, context, record) for record in records]
    return {"ids": ids, "messages": [], "nextrow": 0}


@dataclass(frozen=True, slots=True)
class _Place:
    number: int
    found: Extracted
    begun: int

    def message(self, text: str, **more: Any) -> Message:
        rows = {"from": self.found.first, "to": self.found.last}
        return {"rows": rows, "record": self.number, "type": "error", "message": text, **more}


def _column(model: str, path: str) -> tuple[str, str]:
    """A path as (field, rest). Raises OdooError (ValueError) for an unknown field."""
    name, _, rest = path.partition("/")
    if name in ("id", ".id"):
        return name, ""
    known = MODELS[model].get(name)
    if known is None:
        raise value_error(f"Invalid field name {path!r}")
    if known.type == "one2many":
        _column(child_of(known)[0], rest)
    return name, rest


def _extract(
    model: str, columns: Sequence[tuple[str, str]], data: Sequence[Sequence[str]]
) -> Iterator[Extracted]:
    """A row that has only line cells continues the record above it."""
    current: Extracted | None = None
    for number, row in enumerate(data):
        own: dict[str, str] = {}
        lines: dict[str, dict[str, str]] = {}
        for (name, rest), cell in zip(columns, row, strict=True):
            if name in MODELS[model] and MODELS[model][name].type == "one2many":
                lines.setdefault(name, {})[rest] = cell
            else:
                own[f"{name}/{rest}" if rest else name] = cell
        if current is None or any(own.values()):
            if current is not None:
                yield current
            current = Extracted(number, number, own, {name: [] for name in lines})
        current.last = number
        for name, cells in lines.items():
            if any(cells.values()):
                current.lines[name].append(cells)
    if current is not None:
        yield current


def _convert(
    database: Database, model: str, found: Extracted, number: int, messages: list[Message]
) -> Converted:
    record = Converted(_module(found.cells.get("id", "")), int(found.cells.get(".id") or 0))
    place = _Place(number, found, 0)
    try:
        record.values = _values(database, model, found.cells)
    except Refused as refused:
        messages.append(place.message(refused.message, field=refused.column, **refused.more))
    for name, lines in found.lines.items():
        child, _ = child_of(MODELS[model][name])
        parts: list[dict[str, Any]] = []
        for cells in lines:
            try:
                values = _values(database, child, cells)
            except Refused as refused:
                more = {**refused.more, "field_name": MODELS[model][name].label}
                messages.append(place.message(refused.message, field=name, **more))
                continue
            parts.append({**values, "external_id": _module(cells.get("id", ""))})
        record.values[name] = parts
    return record


def _module(name: str) -> str:
    return name if not name or "." in name else f"__import__.{name}"


def _values(database: Database, model: str, cells: Mapping[str, str]) -> dict[str, Any]:
    """Raises Refused."""
    values: dict[str, Any] = {}
    for path, cell in cells.items():
        name, _, kind = path.partition("/")
        if name in ("id", ".id"):
            continue
        known = MODELS[model][name]
        if name in values and known.type == "many2one":
            raise Refused(name, f"Ambiguous specification for field '{known.label}'")
        values[name] = _cell(database, known, kind, cell)
    return values


def _cell(database: Database, known: Field, kind: str, cell: str) -> Any:
    match known.type:
        case "many2one":
            return _reference(database, known, kind, cell) if cell else False
        case "many2many":
            return [_reference(database, known, kind, part) for part in cell.split(",") if part]
        case "float" | "monetary" | "integer":
            return _number(known, cell)
        case "boolean":
            return cell.lower() in ("1", "true", "yes")
        case "selection" if cell and cell not in known.values:
            text = f"Value '{cell}' not found in selection field '{known.label}'"
            raise Refused(known.name, text, moreinfo=list(known.values), field_name=known.label)
        case "datetime" if cell:
            return _instant(known, cell)
    return cell or False


def _reference(database: Database, known: Field, kind: str, cell: str) -> int:
    table = database.tables[known.relation]
    if kind == ".id":
        if cell.isdigit() and int(cell) in table:
            return int(cell)
        what = "database id"
    elif kind == "id":
        found = database.external_ids.get(_module(cell))
        if found and found.model == known.relation:
            return found.record_id
        what = "external id"
    else:
        for record in table.values():
            if cell in (record["name"], record.get("code")):
                return int(record["id"])
        what = "name"
    raise Refused(
        known.name,
        f"No matching record found for {what} '{cell}' in field '{known.label}'",
        moreinfo={
            **POSSIBLE_VALUES,
            "res_model": "ir.model.data",
            "domain": [["model", "=", known.relation]],
        },
        field_name=known.label,
    )


def _number(known: Field, cell: str) -> Any:
    try:
        return stored_number(known, Decimal(cell or "0"))
    except InvalidOperation as error:
        text = f"'{cell}' does not seem to be a number for field '{known.label}'"
        raise Refused(known.name, text, field_name=known.label) from error


def _instant(known: Field, cell: str) -> str:
    if not is_instant(cell):
        text = f"'{cell}' does not seem to be a valid datetime for field '{known.label}'"
        raise Refused(known.name, text, field_name=known.label)
    return cell


def _check(
    database: Database, model: str, place: _Place, record: Converted, messages: list[Message]
) -> None:
    """What the database itself refuses: required fields, names, concurrent creation."""
    if record.record_id:
        if record.record_id not in database.tables[model]:
            text = f"No matching record found for database id '{record.record_id}'"
            messages.append(place.message(text, field=".id"))
        return
    known = database.external_ids.get(record.external_id)
    if known is not None:
        if known.committed > place.begun:
            messages.append(place.message(SERIALIZATION))
        return
    if missing := missing_required(model, record.values):
        text = required_message(model, missing)
        messages.append(place.message(text, field=missing.name))
    elif model == "res.partner" and not record.values.get("name"):
        if record.values.get("type", "contact") == "contact":
            messages.append(place.message("Contacts require a name"))
    elif " " in record.external_id:
        messages.append(place.message("new row violates check constraint name_nospaces"))


def _check_barcodes(
    database: Database, model: str, extracted: Sequence[Extracted],
    records: Sequence[Converted], messages: list[Message],
) -> None:  # fmt: skip
    """A broken rule of a batch names its first record too, whoever broke it (tried on 19.0)."""
    for number, (found, record) in enumerate(zip(extracted, records, strict=True)):
        if record.external_id in database.external_ids:
            continue
        try:
            unique_barcodes(database, model, [r.values for r in records[: number + 1]])
        except OdooError as error:
            if number:
                messages.append(_Place(0, extracted[0], 0).message(error.message))
            messages.append(_Place(number, found, 0).message(error.message))
            return


def _roll_back(database: Database, model: str, records: Sequence[Converted]) -> None:
    """What an attempt leaves behind: used-up numbers, and external ids in a worker's cache."""
    for record in records:
        if record.external_id and record.external_id not in database.external_ids:
            database.next_id(model)
            database.poisoned[record.external_id] = model
            if model == "sale.order":
                next_order_name(database)


def _store(database: Database, model: str, context: Mapping[str, Any], record: Converted) -> int:
    if record.record_id:
        write_loaded(database, model, database.record(model, record.record_id), record.values)
        return record.record_id
    known = database.external_ids.get(record.external_id)
    if known is None:
        return int(insert(database, model, record.values, record.external_id)["id"])
    if not context.get("noupdate"):
        plain = {n: v for n, v in record.values.items() if MODELS[model][n].type != "one2many"}
        write(database, model, [known.record_id], plain)
    return known.record_id
