"""Mappings that people make: what a connection calls a thing → what the ERP calls it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crossdock.engine.store import Transaction, load_queries

SQL = load_queries(__package__, "mappings.sql")


class MappingKind(StrEnum):
    """What can be mapped, with the projection and the key scheme that the ERP knows it by."""

    SKU = "sku"
    UNIT = "unit"
    CUSTOMER = "customer"
    SHIP_TO = "ship_to"
    TAX = "tax"

    @property
    def projection(self) -> str:
        return {"sku": "products", "unit": "units", "tax": "taxes"}.get(self, "partners")

    @property
    def scheme(self) -> str:
        return "customer_code" if self.projection == "partners" else self.value


@dataclass(frozen=True, slots=True)
class MappingKey:
    """What is mapped: a connection's own code for a thing."""

    connection_id: int
    kind: MappingKind
    external_code: str

    def columns(self) -> dict[str, Any]:
        return {
            "connection_id": self.connection_id,
            "kind": self.kind.value,
            "external_code": self.external_code,
        }


@dataclass(frozen=True, slots=True)
class Mapping:
    """One row of the crosswalk."""

    connection: str
    kind: str
    external_code: str
    canonical_code: str
    created_at: datetime
    created_by: str


def list_mappings(tx: Transaction, connection: str | None = None) -> list[Mapping]:
    """By connection, kind and code."""
    return [Mapping(*row) for row in tx.rows(SQL.list_mappings, connection=connection)]


def read_mapping(tx: Transaction, key: MappingKey) -> str | None:
    """The canonical code it leads to, None when there is no such mapping."""
    row = tx.row(SQL.read_mapping, **key.columns())
    return row.canonical_code if row else None


def put_mapping(
    tx: Transaction, key: MappingKey, canonical_code: str, *, by: str, now: datetime
) -> str | None:
    """Write a mapping; returns the canonical code it replaces, if there was another one."""
    columns = key.columns()
    replaced = read_mapping(tx, key)
    tx.run(SQL.put_mapping, **columns, canonical_code=canonical_code, by=by, now=now)
    return replaced if replaced != canonical_code else None


def drop_mapping(tx: Transaction, key: MappingKey) -> str | None:
    """Remove a mapping; returns what it led to, None when there was none."""
    row = tx.row(SQL.drop_mapping, **key.columns())
    return row.canonical_code if row else None
