"""Odoo's search domains: prefix `&`, `|`, `!`, dotted paths, the operators in use."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import value_error
from crossdock.connectors.odoo.twin.schema import MODELS, child_of

Test = Callable[[Record], bool]

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "in": lambda have, want: have in want,
    "child_of": lambda have, want: have in want,
    "not in": lambda have, want: have not in want,
    "<": lambda have, want: have is not False and have < want,
    ">": lambda have, want: have is not False and have > want,
    "<=": lambda have, want: have is not False and have <= want,
    ">=": lambda have, want: have is not False and have >= want,
    "ilike": lambda have, want: str(want).casefold() in str(have or "").casefold(),
    "like": lambda have, want: str(want) in str(have or ""),
    "=ilike": lambda have, want: str(have or "").casefold() == str(want).casefold(),
}


def compile_domain(database: Database, model: str, domain: Any) -> Test:
    """A test of records. Raises OdooError (ValueError) for a domain Odoo refuses."""
    if not isinstance(domain, list):
        raise value_error(f"Domain() invalid item in domain: {domain!r}")
    rest = list(domain)
    tests = []
    while rest:
        tests.append(_term(database, model, rest))
    return lambda record: all(test(record) for test in tests)


def _term(database: Database, model: str, rest: list[Any]) -> Test:
    if not rest:
        raise value_error("Domain() missing operand")
    item = rest.pop(0)
    if item in ("&", "|"):
        left, right = _term(database, model, rest), _term(database, model, rest)
        if item == "&":
            return lambda record: left(record) and right(record)
        return lambda record: left(record) or right(record)
    if item == "!":
        negated = _term(database, model, rest)
        return lambda record: not negated(record)
    return _condition(database, model, item)


def _condition(database: Database, model: str, item: Any) -> Test:
    if not isinstance(item, list | tuple) or len(item) != 3:
        raise value_error(f"Domain() invalid item in domain: {item!r}")
    path, operator, wanted = item
    if operator in ("in", "not in", "child_of"):
        wanted = frozenset(wanted)
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise value_error(f"Invalid operator {operator!r} in condition {tuple(item)!r}")
    value_of = _path(database, model, str(path).split("."), item)

    def test(record: Record) -> bool:
        have = value_of(record)
        if isinstance(have, list):
            return any(compare(element, wanted) for element in have)
        return compare(have, wanted)

    return test


def _path(
    database: Database, model: str, names: Sequence[str], item: Any
) -> Callable[[Record], Any]:
    field = MODELS[model].get(names[0])
    if field is None:
        raise value_error(f"Invalid field {model}.{names[0]} in condition {tuple(item)!r}")
    if len(names) > 1 and field.type == "one2many":
        child = child_of(field)[0]
        of_child = _path(database, child, names[1:], item)
        table = database.tables[child]
        return lambda record: [
            of_child(table[number]) for number in database.children(field, record["id"])
        ]
    if len(names) == 1 or field.type != "many2one":
        return lambda record: record[field.name]
    further = _path(database, field.relation, names[1:], item)

    def value(record: Record) -> Any:
        target = database.tables[field.relation].get(record[field.name] or 0)
        return further(target) if target else False

    return value
