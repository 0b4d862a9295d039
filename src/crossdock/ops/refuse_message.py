"""Refuse a held message: its process answers its sender where it can, in the same transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from crossdock.engine.apply import drop_leases, read_documents
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction
from crossdock.engine.use_case import Context, Decision, DocumentState, End
from crossdock.engine.work import Claimed, StoredDocument, Work, WorkKey
from crossdock.engine.write_decisions import write_decisions
from crossdock.ops.exceptions import SQL
from crossdock.ports.message import Arrival, Shape, Source
from crossdock.processes.order_to_cash.cancel_sales_order import refuse_cancellation
from crossdock.processes.order_to_cash.capture_sales_order import rejection
from crossdock.processes.order_to_cash.order_state import load_state
from crossdock.processes.order_to_cash.order_status import OrderStatus

CODE = "refused_by_hand"
LEASE = timedelta(seconds=30)


class BusyNow(Exception):
    """A worker has the document in hand at this moment."""


class NothingToReject(ValueError):
    """There is nobody to refuse: a question about a connection, or about what a system answered."""


def _refuse_sales_order(stored: DocumentState, context: Context, reason: str) -> Decision | None:
    state = load_state(stored)
    if state is None:
        return None
    if state.status is OrderStatus.HELD:
        return rejection(state, context, CODE, reason)
    return refuse_cancellation(state, context, CODE, reason)


REFUSALS: Mapping[str, Callable[[DocumentState, Context, str], Decision | None]] = {
    "SalesOrder": _refuse_sales_order,
}
"""By document type: how a process refuses a document that is held; None when it is past that."""


def refuse_message(
    tx: Transaction, registry: Registry, message_id: int, reason: str, now: datetime
) -> str:
    """End a held message as rejected; returns its state. Raises BusyNow, NothingToReject."""
    found = tx.row(SQL.held_message, message_id=message_id)
    if found is None:
        return "ended already"
    claimed = Claimed(*found)._replace(fence=take_lease(tx, found, now))
    tx.run(SQL.work_on_message, message_id=message_id)
    work = Work(claimed, registry.by_id(claimed.connection_id), Arrival("", {}, b""), Shape.FACT)
    stored = read_documents(tx, [work])
    work.decision = _refuse(work, stored, reason, now)
    write_decisions(tx, registry, [work], stored, now)
    drop_leases(tx, [work])
    return "rejected"


def _refuse(
    work: Work, stored: Mapping[WorkKey, StoredDocument], reason: str, now: datetime
) -> Decision:
    document = stored.get(work.key)
    refuse = REFUSALS.get(document.document_type) if document else None
    decision = refuse(document.state, work.context(now), reason) if document and refuse else None
    if document and decision is None and work.source is Source.OUTCOME:
        raise NothingToReject(
            f"{work.claimed.work_key} is {document.state.status}: this is what a system answered, "
            "and refusing the answer would leave the order to nobody; mend it there and release it "
            "as retry, or cancel the order on its channel"
        )
    if document is None or decision is None or decision.state is None:
        return Decision(end=End.REJECTED, code=CODE, detail=reason)
    document.state = decision.state
    document.changed = True
    return decision


def take_lease(tx: Transaction, message: Any, now: datetime) -> int:
    """The lease on a message's document, for a person; its fence. Raises BusyNow."""
    row = tx.row(
        SQL.lease_for_a_person,
        company_id=message.company_id,
        work_key=message.work_key,
        owner="a person",
        until=now + LEASE,
    )
    if row is None:
        raise BusyNow(f"a worker has {message.work_key} in hand at this moment: do it again")
    fence: int = row.fence
    return fence
