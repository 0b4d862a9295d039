"""Values that a filter can have here: a typing error must not look like an empty answer."""

from difflib import get_close_matches

from crossdock.engine.store import Transaction, load_queries

SQL = load_queries(__package__, "known.sql")
SHOWN = 12
NAMES = {
    "connection": "connection",
    "code": "reason of a hold",
    "owner": "owner of a hold",
    "need": "thing a hold waits for",
    "kind": "kind of message",
    "subject": "subject of an act",
}


class UnknownValue(LookupError):
    """Nothing here ever had that value."""


def require_known(tx: Transaction, **filters: str | None) -> None:
    """Look each given filter's value up; None is not looked at. Raises UnknownValue."""
    for name, value in filters.items():
        if value is None:
            continue
        known = [str(row.value) for row in tx.rows(SQL[name])]
        if value not in known:
            raise UnknownValue(_words(name, value, known))


def _words(name: str, value: str, known: list[str]) -> str:
    near = get_close_matches(value, known, n=SHOWN) or known[:SHOWN]
    more = f" and {len(known) - len(near)} more" if len(known) > len(near) else ""
    there_are = f"there are {', '.join(near)}{more}" if near else "there are none yet"
    return f"no {NAMES[name]} {value!r} was ever seen here; {there_are}"
