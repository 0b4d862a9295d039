"""Principals as stored: made, given roles, deactivated."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crossdock.engine.store import Transaction, load_queries
from crossdock.governance.access import Kind, Principal, Role

SQL = load_queries(__package__, "access.sql")


class UnknownPrincipal(LookupError):
    """No such principal in that company."""


class WrongKind(ValueError):
    """The name belongs to a principal of the other kind."""


def ensure_principal(
    tx: Transaction,
    *,
    company_id: int,
    name: str,
    kind: Kind,
    roles: Iterable[Role],
    now: datetime,
) -> Principal:
    """The principal of that name, made when missing, with `roles` added to those it has.

    Raises WrongKind when the name belongs to a person and a service is asked for, or vice versa.
    """
    row = tx.row(SQL.ensure_principal, company_id=company_id, name=name, kind=kind.value, now=now)
    assert row is not None
    if row.kind != kind:
        raise WrongKind(f"{name!r} is a {row.kind} already, not a {kind}: choose another name")
    tx.run(
        SQL.grant_roles,
        company_id=company_id,
        principal_id=row.principal_id,
        roles=sorted(role.value for role in roles),
        now=now,
    )
    return find_principal(tx, company_id, name)


def find_principal(tx: Transaction, company_id: int, name: str) -> Principal:
    """Raises UnknownPrincipal, also for one that was deactivated."""
    row = tx.row(SQL.find_principal, company_id=company_id, name=name)
    if row is None:
        raise UnknownPrincipal(
            f"no active principal {name!r} in company {company_id}; "
            "`crossdock keys create` makes one"
        )
    return principal_of(row)


def deactivate_principal(tx: Transaction, company_id: int, name: str) -> None:
    """None of its keys works from the commit on. Raises UnknownPrincipal."""
    found = find_principal(tx, company_id, name)
    tx.run(SQL.deactivate_principal, principal_id=found.principal_id)


def revoke_role(tx: Transaction, principal: Principal, role: Role) -> None:
    """Take one role away; nothing happens when it was not there."""
    tx.run(SQL.revoke_role, principal_id=principal.principal_id, role=role.value)


def principal_of(row: Any) -> Principal:
    """From a row with principal_id, company_id, name, kind, roles."""
    return Principal(
        row.principal_id,
        row.company_id,
        row.name,
        Kind(row.kind),
        frozenset(Role(role) for role in row.roles),
    )
