"""A person has done by hand what a message wanted: its document ends here, or is asked about still.

Without that an order that nobody could take would stand still with nobody asked (promise P4).
"""

from collections.abc import Callable, Mapping
from typing import Any

from crossdock.engine.apply import read_documents
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction
from crossdock.engine.use_case import Context, Decision, DocumentState
from crossdock.engine.work import Claimed, Work
from crossdock.ops.end_by_hand import end_by_hand
from crossdock.ops.exceptions import SQL
from crossdock.ops.refuse_message import take_lease
from crossdock.ops.word import Word
from crossdock.ports.message import Arrival, Shape
from crossdock.processes.order_to_cash.order_state import load_state
from crossdock.processes.order_to_cash.take_by_hand import take_by_hand


def _sales_order(stored: DocumentState, context: Context, why: str) -> Decision | None:
    state = load_state(stored)
    return take_by_hand(state, context, why) if state else None


TAKEN: Mapping[str, Callable[[DocumentState, Context, str], Decision | None]] = {
    "SalesOrder": _sales_order,
}
"""By document type: what becomes of a document that waited for this word; None: nothing."""


def leave_to_person(tx: Transaction, registry: Registry, hold: Any, code: str, word: Word) -> bool:
    """End message and document as `code` where the last question about the document was this one.

    False where its document waits for nobody. Raises BusyNow, NotAgreed.
    """
    found = tx.row(SQL.held_message, message_id=hold.message_id)
    if found is None or tx.row(
        SQL.asked_otherwise, company_id=hold.company_id, work_key=hold.work_key
    ):
        return False
    claimed = Claimed(*found)._replace(fence=take_lease(tx, found, word.now))
    work = Work(claimed, registry.by_id(claimed.connection_id), Arrival("", {}, b""), Shape.FACT)
    stored = read_documents(tx, [work])
    document = stored.get(work.key)
    take = TAKEN.get(document.document_type) if document else None
    decision = (
        take(document.state, work.context(word.now), word.deed()) if document and take else None
    )
    return end_by_hand(tx, registry, work, stored, decision, code, word)
