"""Write what follows from a person's word that a held message's wish was met by hand."""

from collections.abc import Mapping
from dataclasses import replace

from crossdock.engine.apply import drop_leases
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction
from crossdock.engine.use_case import Decision
from crossdock.engine.work import StoredDocument, Work, WorkKey
from crossdock.engine.write_decisions import write_decisions
from crossdock.ops.exceptions import SQL
from crossdock.ops.word import Word


def end_by_hand(
    tx: Transaction, registry: Registry, work: Work, stored: Mapping[WorkKey, StoredDocument],
    decision: Decision | None, code: str, word: Word,
) -> bool:  # fmt: skip
    """End the message as `code` and its document as decided; False where nothing was decided.

    The lease that a person had taken is given back either way.
    """
    document = stored.get(work.key)
    if document is not None and decision is not None and decision.state is not None:
        document.state, document.changed = decision.state, True
        work.decision = replace(decision, code=code, detail=word.deed())
        tx.run(SQL.work_on_message, message_id=work.claimed.message_id)
        write_decisions(tx, registry, [work], stored, word.now)
    drop_leases(tx, [work])
    return work.decision is not None
