"""A person has done by hand what a held message wanted: its process takes its content over."""

from collections.abc import Mapping
from typing import Any

from crossdock.engine.apply import SQL as APPLY_SQL
from crossdock.engine.apply import read_documents
from crossdock.engine.registry import Registry
from crossdock.engine.resolve import resolve
from crossdock.engine.store import Transaction
from crossdock.engine.translate import translate
from crossdock.engine.use_case import Decision, UseCase
from crossdock.engine.work import Claimed, StoredDocument, Work
from crossdock.ops.end_by_hand import end_by_hand
from crossdock.ops.exceptions import SQL
from crossdock.ops.refuse_message import take_lease
from crossdock.ops.word import Word
from crossdock.processes.order_to_cash.agree_change import AGREE_CHANGE, NotAgreed
from crossdock.processes.order_to_cash.change_sales_order import CHANGED

AGREEMENTS: Mapping[str, UseCase] = {CHANGED: AGREE_CHANGE}
"""By the question's code: what follows when a person says that it is done. It has no effects."""


def take_over(tx: Transaction, registry: Registry, hold: Any, code: str, word: Word) -> bool:
    """End the message as `code` with what follows from it; False where nothing does.

    The newest version that came of a document is what counts: of an older one nothing follows.
    Raises BusyNow, NotAgreed.
    """
    use_case = AGREEMENTS.get(hold.code)
    found = tx.row(SQL.held_message, message_id=hold.message_id) if use_case else None
    if use_case is None or found is None:
        return False
    claimed = Claimed(*found)._replace(fence=take_lease(tx, found, word.now))
    work = _read(tx, registry, claimed)
    stored = read_documents(tx, [work])
    document = stored.get(work.key)
    decision = None
    if document is not None and document.source_message == claimed.message_id:
        decision = _decide(tx, registry, work, use_case, document, word)
    return end_by_hand(tx, registry, work, stored, decision, code, word)


def _read(tx: Transaction, registry: Registry, claimed: Claimed) -> Work:
    row = tx.row(
        APPLY_SQL.read_bodies,
        delivery_ids=[claimed.delivery_id],
        received_ats=[claimed.received_at],
    )
    work = translate(registry, claimed, row)
    wrong = work.fault or work.failure
    if wrong:
        raise NotAgreed(f"it cannot be read any more: {wrong}; refuse it, --as reject")
    return work


def _decide(
    tx: Transaction, registry: Registry, work: Work, use_case: UseCase, document: StoredDocument,
    word: Word,
) -> Decision:  # fmt: skip
    context = work.context(word.now)
    resolve(
        tx, registry, [(work, use_case.needs(work.document, document.state, context))], word.now
    )
    decision = use_case.decide(work.document, document.state, work.granted, context)
    assert isinstance(decision, Decision)
    return decision
