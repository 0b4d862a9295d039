"""The twin's records in memory: tables, external ids, numbers, and the log of every change."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.connectors.odoo.twin.errors import missing_error
from crossdock.connectors.odoo.twin.schema import MODELS, Field, child_of
from crossdock.engine.clock import Clock
from crossdock.testing.call_log import CallLog

Record = dict[str, Any]
LOGGED = frozenset(
    {"sale.order", "res.partner", "product.product", "stock.picking", "account.move"}
)
"""Models whose changes are effects; lines belong to their order."""


@dataclass(frozen=True, slots=True)
class ExternalId:
    """What an external id names, and how many effects stood once it was committed."""

    model: str
    record_id: int
    committed: int


class Database:
    """All tables of one database."""

    def __init__(self, clock: Clock, log: CallLog) -> None:
        self.clock = clock
        self.log = log
        self.tables: defaultdict[str, dict[int, Record]] = defaultdict(dict)
        self.external_ids: dict[str, ExternalId] = {}
        self.names: defaultdict[tuple[str, int], str] = defaultdict(str)
        """External id by model and record."""
        self.poisoned: dict[str, str] = {}
        """External id → model: a worker's cache names a record of it that was rolled back."""
        self._ids: defaultdict[str, int] = defaultdict(int)
        self._children: defaultdict[tuple[str, int], list[int]] = defaultdict(list)

    def now(self) -> str:
        return self.clock.now().strftime("%Y-%m-%d %H:%M:%S")

    def next_id(self, model: str) -> int:
        """Ids are used up by attempts that are rolled back, too."""
        self._ids[model] += 1
        return self._ids[model]

    def record(self, model: str, record_id: int) -> Record:
        """Raises OdooError (MissingError)."""
        try:
            return self.tables[model][record_id]
        except KeyError as error:
            raise missing_error(model, record_id) from error

    def insert(self, model: str, values: Mapping[str, Any], record_id: int | None = None) -> Record:
        """A new record with all its fields; `record_id` for seeds with a known id."""
        number = record_id or self.next_id(model)
        self._ids[model] = max(self._ids[model], number)
        record: Record = {field.name: _empty(field) for field in MODELS[model].values()}
        record.update(values)
        record["id"] = number
        record["create_date"] = record["write_date"] = self.now()
        self.tables[model][number] = record
        for field in MODELS[model].values():
            if field.type == "many2one" and record[field.name]:
                self._children[f"{model}.{field.name}", record[field.name]].append(number)
        return record

    def update(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        """Change a record, and the index of the many2one fields that are among the values."""
        for name in values.keys() & MODELS[model].keys():
            if MODELS[model][name].type == "many2one":
                if record[name]:
                    self._children[f"{model}.{name}", record[name]].remove(record["id"])
                if values[name]:
                    self._children[f"{model}.{name}", values[name]].append(record["id"])
        record.update(values)
        record["write_date"] = self.now()

    def children(self, field: Field, record_id: int) -> list[int]:
        """Ids of a one2many."""
        model, back = child_of(field)
        return self.naming(model, back, record_id)

    def naming(self, model: str, field: str, record_id: int) -> list[int]:
        """Ids of the records that name `record_id` in a many2one."""
        return list(self._children.get((f"{model}.{field}", record_id), ()))

    def name(self, external_id: str, model: str, record_id: int) -> None:
        """Give a record its external id, at the end of its transaction."""
        committed = len(self.log.effects) + 1
        self.external_ids[external_id] = ExternalId(model, record_id, committed)
        self.names[model, record_id] = external_id

    def delete(self, model: str, record_ids: Iterable[int]) -> None:
        """Records, their lines and their external ids, which are free again afterwards."""
        for record_id in record_ids:
            record = self.record(model, record_id)
            for field in MODELS[model].values():
                if field.type == "one2many":
                    self.delete(child_of(field)[0], self.children(field, record_id))
            for name in [self.names.pop((model, record_id), "")]:
                self.external_ids.pop(name, None)
                self.poisoned.pop(name, None)
            self.effect("deleted", model, record)
            for field in MODELS[model].values():
                if field.type == "many2one" and record[field.name]:
                    self._children[f"{model}.{field.name}", record[field.name]].remove(record_id)
            del self.tables[model][record_id]

    def effect(self, kind: str, model: str, record: Mapping[str, Any]) -> None:
        """Log a change of a record by its external id, else by its name."""
        if model not in LOGGED:
            return
        name = self.names.get((model, record["id"]), "")
        data = {"id": record["id"], "name": record["name"], "external_id": name}
        if model == "sale.order":
            data["client_order_ref"] = record["client_order_ref"]
            data["amount_total"] = str(record["amount_total"])
            data["state"] = record["state"]
        if model == "stock.picking" and record["sale_id"]:
            data["order"] = self.names.get(("sale.order", record["sale_id"]), "")
            data["quantities"] = self._quantities(record)
        if model == "account.move":
            data["invoice_origin"] = record["invoice_origin"]
            data["amount_total"] = str(record["amount_total"])
        self.log.effect(kind, model, name or str(record["name"]), data)

    def _quantities(self, picking: Mapping[str, Any]) -> dict[str, str]:
        """Of a delivery, by the order lines' external ids."""
        moves = [
            self.record("stock.move", n)
            for n in self.naming("stock.move", "picking_id", picking["id"])
        ]
        return {
            self.names.get(("sale.order.line", move["sale_line_id"]), ""): str(move["quantity"])
            for move in moves
        }


def _empty(field: Field) -> Any:
    if field.type in ("one2many", "many2many"):
        return []
    if field.type in ("integer", "float", "monetary"):
        return 0
    return field.name == "active" if field.type == "boolean" else False
