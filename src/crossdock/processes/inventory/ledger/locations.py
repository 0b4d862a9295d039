"""Locations: the places goods stand at, who counts them, and what the systems call them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crossdock.engine.store import Transaction, load_queries

SQL = load_queries("crossdock.processes.inventory", "locations.sql")


class Authority(StrEnum):
    """Whose count is summed; the other one's is kept and compared."""

    ERP = "erp"
    WAREHOUSE = "warehouse"


class BadLocation(ValueError):
    """A location that nothing could be counted at, or that another one has already."""


class NoSuchLocation(LookupError):
    """No location of that name."""


@dataclass(frozen=True, slots=True)
class StockLocation:
    """One place as people name it."""

    company_id: int
    name: str
    authority: Authority
    erp: str | None = None
    """Connection of the ERP that has it."""
    erp_code: str | None = None
    """Its code there (Odoo: the short name of the warehouse)."""
    warehouse: str | None = None
    """Connection of the warehouse system that runs it."""
    created_at: datetime | None = None


def list_locations(
    tx: Transaction, *, company_id: int | None = None, name: str | None = None
) -> list[StockLocation]:
    """By company and name."""
    rows = tx.rows(SQL.list_locations, company_id=company_id, name=name)
    return [
        StockLocation(
            r.company_id, r.name, Authority(r.authority), r.erp, r.erp_code, r.warehouse,
            r.created_at,
        )
        for r in rows
    ]  # fmt: skip


def put_location(tx: Transaction, location: StockLocation, now: datetime) -> StockLocation | None:
    """Make it, or change it; returns what it was before. Raises BadLocation."""
    known = {Authority.ERP: location.erp, Authority.WAREHOUSE: location.warehouse}
    if known[location.authority] is None:
        raise BadLocation(
            f"{location.name} is to go by the {location.authority}'s count and has no "
            f"{location.authority}: name one, or let it go by the other one's"
        )
    places = {
        "erp_connection_id": _connection(tx, location, location.erp),
        "erp_code": location.erp_code,
        "warehouse_connection_id": _connection(tx, location, location.warehouse),
    }
    taken = tx.row(SQL.taken, name=location.name, **places)
    if taken is not None:
        raise BadLocation(
            f"location {taken.name} has one of these places already: goods would be counted twice; "
            f"change or remove {taken.name} first"
        )
    before = list_locations(tx, company_id=location.company_id, name=location.name)
    tx.run(
        SQL.put_location,
        company_id=location.company_id,
        name=location.name,
        authority=location.authority.value,
        now=now,
        **places,
    )
    return before[0] if before else None


def drop_location(tx: Transaction, company_id: int, name: str) -> StockLocation:
    """Its places are counted nowhere from now on. Raises NoSuchLocation."""
    found = find_location(tx, company_id, name)
    tx.run(SQL.drop_location, company_id=company_id, name=name)
    return found


def find_location(tx: Transaction, company_id: int, name: str) -> StockLocation:
    """Raises NoSuchLocation with those there are."""
    found = list_locations(tx, company_id=company_id, name=name)
    if not found:
        known = ", ".join(x.name for x in list_locations(tx, company_id=company_id)) or "none"
        raise NoSuchLocation(f"no location {name!r}; there are: {known}")
    return found[0]


def _connection(tx: Transaction, location: StockLocation, name: str | None) -> int | None:
    """Its number. Raises BadLocation when the company has no such connection."""
    if name is None:
        return None
    row = tx.row(SQL.find_connection, name=name)
    if row is None or row.company_id != location.company_id:
        raise BadLocation(f"no connection {name!r} here; see `crossdock connections list`")
    number: int = row.connection_id
    return number
