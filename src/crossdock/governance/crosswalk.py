"""Crosswalk: what a channel calls a thing → what the ERP calls it.

The resolvers answer a process's needs from projections, after the mappings that people made:

    product   scope `channel>erp`   key `sku:A-1`, `gtin:…`          → records of `products`
    customer  scope `channel>erp`   key `channel_customer_id:7`,
                                        `email:…`, `customer_code:…` → records of `partners`
    ship_to   scope `channel>erp`   key `address:…`                  → records of `partners`
    unit      scope `channel>erp`   key `unit:EA`                    → records of `units`
    tax       scope `channel>erp`   key `rate:6:excl`                → records of `taxes`
    currency  scope `channel>erp`   key `currency:USD`               → records of `currencies`
    age       scope `erp`           key = projection                 → Age
    similar_product, similar_customer                                → suggestions for a person
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crossdock.engine.projections import Age, similar
from crossdock.engine.registry import Ask, Resolver
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.use_case import ProjectedRecord

SQL = load_queries(__package__, "crosswalk.sql")

Answers = Mapping[Ask, Any]


def _find(
    tx: Transaction,
    asks: Sequence[Ask],
    _now: datetime,
    *,
    projection: str,
    map_kind: str,
    scheme: str,
) -> Answers:
    distinct: dict[tuple[int, str, str], list[Ask]] = {}
    for ask in asks:
        distinct.setdefault((ask.company_id, ask.need.scope, ask.need.key), []).append(ask)
    wanted = list(distinct)
    scopes = [scope.split(">", 1) for _, scope, _ in wanted]
    found: dict[Ask, list[ProjectedRecord]] = {}
    for row in tx.rows(
        SQL.find_mapped,
        companies=[company for company, _, _ in wanted],
        channels=[s[0] for s in scopes],
        erps=[s[1] for s in scopes],
        keys=[key for _, _, key in wanted],
        codes=[key.partition(":")[2] for _, _, key in wanted],
        projection=projection,
        map_kind=map_kind,
        scheme=scheme,
    ):
        record = ProjectedRecord(row.external_id, row.data)
        for ask in distinct[wanted[row.position - 1]]:
            found.setdefault(ask, []).append(record)
    return found


def _ages(tx: Transaction, asks: Sequence[Ask], _now: datetime) -> Answers:
    wanted = sorted({(a.company_id, a.need.scope, a.need.key) for a in asks})
    rows = tx.rows(
        SQL.ages,
        companies=[c for c, _, _ in wanted],
        erps=[e for _, e, _ in wanted],
        kinds=[k for _, _, k in wanted],
    )
    ages = {
        wanted[r.position - 1]: Age(
            r.as_of, timedelta(seconds=r.max_age_seconds) if r.max_age_seconds is not None else None
        )
        for r in rows
    }
    never = Age(None, None)
    return {a: ages.get((a.company_id, a.need.scope, a.need.key), never) for a in asks}


def _similar(tx: Transaction, asks: Sequence[Ask], _now: datetime, *, projection: str) -> Answers:
    answers: dict[Ask, Any] = {}
    for ask in asks:
        erp = ask.need.scope.split(">", 1)[1]
        row = tx.row(SQL.connection_id, company_id=ask.company_id, name=erp)
        answers[ask] = similar(tx, row.connection_id, projection, ask.need.key) if row else []
    return answers


CROSSWALK_RESOLVERS: dict[str, Resolver] = {
    "product": partial(_find, projection="products", map_kind="sku", scheme="sku:"),
    "customer": partial(_find, projection="partners", map_kind="customer", scheme="customer_code:"),
    "ship_to": partial(_find, projection="partners", map_kind="ship_to", scheme="customer_code:"),
    "unit": partial(_find, projection="units", map_kind="unit", scheme="unit:"),
    "tax": partial(_find, projection="taxes", map_kind="tax", scheme="tax:"),
    "currency": partial(_find, projection="currencies", map_kind="currency", scheme="currency:"),
    "age": _ages,
    "similar_product": partial(_similar, projection="products"),
    "similar_customer": partial(_similar, projection="partners"),
}
