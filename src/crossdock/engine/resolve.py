"""Needs → granted: every lookup and claim of a batch in one statement per kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.engine.lost_time import resolve_lost_time
from crossdock.engine.registry import Ask, Registry
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.use_case import DocumentState, Need
from crossdock.engine.work import Work

SQL = load_queries(__package__, "apply.sql")


def resolve(
    tx: Transaction,
    registry: Registry,
    wanted: Iterable[tuple[Work, Sequence[Need]]],
    now: datetime,
) -> None:
    """Answer what each work item asks for the first time; answers go to `work.granted`.

    What several items of a company ask is looked up once, for the first of them.
    """
    by_kind: defaultdict[str, dict[tuple[int, Need], Ask]] = defaultdict(dict)
    askers: list[tuple[Work, Ask]] = []
    for work, needs in wanted:
        company_id, work_key = work.key
        for need in needs:
            if need in work.asked:
                continue
            work.asked.add(need)
            asks = by_kind[need.kind]
            ask = asks.get((company_id, need))
            if ask is None:
                ask = asks[company_id, need] = Ask(company_id, work_key, need)
            askers.append((work, ask))
    answers: dict[Ask, Any] = {}
    for kind in sorted(by_kind):
        answers |= registry.resolvers[kind](tx, list(by_kind[kind].values()), now)
    for work, ask in askers:
        work.granted[ask.need] = answers.get(ask)


def resolve_identity(tx: Transaction, asks: Sequence[Ask], now: datetime) -> Mapping[Ask, Any]:
    """Claim document identities: the answer is the work key that owns it, ours or another's."""
    claimed = tx.rows(
        SQL.claim_identities,
        now=now,
        companies=[a.company_id for a in asks],
        identities=[a.need.key for a in asks],
        work_keys=[a.work_key for a in asks],
    )
    owners = {(row.company_id, row.identity): row.work_key for row in claimed}
    taken = [a for a in asks if (a.company_id, a.need.key) not in owners]
    if taken:
        rows = tx.rows(
            SQL.read_identities,
            companies=[a.company_id for a in taken],
            identities=[a.need.key for a in taken],
        )
        owners |= {(row.company_id, row.identity): row.work_key for row in rows}
    return {ask: owners[ask.company_id, ask.need.key] for ask in asks}


def resolve_withdrawal(tx: Transaction, asks: Sequence[Ask], now: datetime) -> Mapping[Ask, Any]:
    """Take back effects nobody has begun: True where that succeeded."""
    withdrawn = {
        (row.company_id, row.effect_key)
        for row in tx.rows(
            SQL.withdraw_effects,
            effect_keys=[a.need.key for a in asks],
            companies=[a.company_id for a in asks],
            now=now,
        )
    }
    return {ask: (ask.company_id, ask.need.key) in withdrawn for ask in asks}


def resolve_document(tx: Transaction, asks: Sequence[Ask], _now: datetime) -> Mapping[Ask, Any]:
    """Another document's state, by work key."""
    rows = tx.rows(
        SQL.read_documents,
        companies=[a.company_id for a in asks],
        work_keys=[a.need.key for a in asks],
    )
    states = {
        (row.company_id, row.work_key): DocumentState(
            row.status, row.data.encode(), row.document_id
        )
        for row in rows
    }
    return {ask: states.get((ask.company_id, ask.need.key)) for ask in asks}


def resolve_open_hold(tx: Transaction, asks: Sequence[Ask], _now: datetime) -> Mapping[Ask, Any]:
    """Whether a question of this code (the need's scope) is open about the asker's work key.

    A newer snapshot takes the place of a held one: what was asked then must be asked again.
    """
    rows = tx.rows(
        SQL.open_holds,
        companies=[a.company_id for a in asks],
        work_keys=[a.work_key for a in asks],
        codes=[a.need.scope for a in asks],
    )
    open_holds = {(row.company_id, row.work_key, row.code) for row in rows}
    return {ask: (ask.company_id, ask.work_key, ask.need.scope) in open_holds for ask in asks}


ENGINE_RESOLVERS = {
    "open_hold": resolve_open_hold,
    "identity": resolve_identity,
    "withdraw": resolve_withdrawal,
    "document": resolve_document,
    "lost_time": resolve_lost_time,
}
