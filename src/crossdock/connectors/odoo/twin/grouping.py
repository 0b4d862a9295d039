"""formatted_read_group: sums and latest dates by many2one fields (recorded calls 149 and 150)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin import reading
from crossdock.connectors.odoo.twin.computed import value_of
from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import value_error
from crossdock.connectors.odoo.twin.schema import MODELS

FUNCTIONS = ("sum", "max")


def formatted_read_group(
    database: Database, model: str, context: Mapping[str, Any], domain: Any,
    groupby: Sequence[str], aggregates: Sequence[str],
) -> list[dict[str, Any]]:  # fmt: skip
    """One row a group; many2one fields as [id, label], whatever else was asked for."""
    fields = MODELS[model]
    for name in groupby:
        if name not in fields or fields[name].type != "many2one":
            raise value_error(f"Invalid field {name!r} on model {model!r} for 'groupby'")
    for aggregate in aggregates:
        name, _, function = aggregate.partition(":")
        if name not in fields or function not in FUNCTIONS:
            raise value_error(f"Invalid aggregate specification {aggregate!r}")
    groups: dict[tuple[int, ...], list[Record]] = {}
    for number in reading.search(database, model, context, domain):
        record = database.record(model, number)
        key = tuple(int(value_of(database, model, record, name) or 0) for name in groupby)
        groups.setdefault(key, []).append(record)
    return [
        {
            **{n: _labelled(database, model, n, v) for n, v in zip(groupby, key, strict=True)},
            "__extra_domain": _conditions(groupby, key),
            **{one: _aggregate(database, model, records, one) for one in aggregates},
        }
        for key, records in groups.items()
    ]


def _labelled(database: Database, model: str, name: str, value: int) -> Any:
    relation = MODELS[model][name].relation
    return [value, reading.label(relation, database.record(relation, value))] if value else False


def _conditions(groupby: Sequence[str], key: Sequence[int]) -> list[Any]:
    same = [[name, "=", value or False] for name, value in zip(groupby, key, strict=True)]
    return ["&"] * (len(same) - 1) + same


def _aggregate(database: Database, model: str, records: Sequence[Record], aggregate: str) -> Any:
    name, _, function = aggregate.partition(":")
    values = [value_of(database, model, record, name) for record in records]
    if function == "max":
        return max(values)
    total = sum((Decimal(value) for value in values), Decimal(0))
    return reading.wire(MODELS[model][name], total)
