"""A message that is decided again: what it was before, and whether anything follows from it anew.

What changes nothing keeps the end it had, so that a replay alters no account of a past day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.engine.encoding import from_json
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.use_case import Decision, DocumentState, EffectOutcome, End
from crossdock.engine.work import Work

SQL = load_queries(__package__, "apply.sql")
KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Former:
    """How a replayed message had ended."""

    end: End
    code: str
    detail: str

    def decision(self) -> Decision:
        """The same end once more, with nothing that follows from it."""
        return Decision(end=self.end, code=self.code, detail=self.detail)


def former_of(work: Work) -> Former | None:
    """None for a message that is decided for the first time, or that was a person's."""
    if work.claimed.former is None:
        return None
    kept: Mapping[str, Any] = from_json(work.claimed.former)
    return Former(End(kept["state"]), kept["code"] or "", kept["detail"] or "")


def applied_before(work: Work, *, document_exists: bool) -> Decision | None:
    """An outcome that was applied is in the document, which has gone on since: it is known."""
    former = former_of(work)
    if former is None or not isinstance(work.document, EffectOutcome):
        return None
    if not document_exists or former.end is not End.DONE:
        return None
    return Decision(code=KNOWN, detail="the document holds it already")


def as_it_was(tx: Transaction, work: Work, before: DocumentState | None) -> bool:
    """Give a replayed message its former end where its decision changes nothing; says whether."""
    former, decision = former_of(work), work.decision
    if former is None or decision is None or work.identified:
        return False
    if not _changes_nothing(tx, work, former, before):
        return False
    work.decision, work.prepared, work.unchanged = former.decision(), (), True
    return True


def _changes_nothing(
    tx: Transaction, work: Work, former: Former, before: DocumentState | None
) -> bool:
    decision = work.decision
    assert decision is not None
    if decision.end in (End.STALE, End.DUPLICATE):
        return True
    if decision.end not in (End.DONE, former.end) or decision.holds:
        return False
    return _same(decision.state, before) and _all_exist(tx, work)


def _same(after: DocumentState | None, before: DocumentState | None) -> bool:
    if after is None:
        return True
    if before is None or (after.status, after.document_id) != (before.status, before.document_id):
        return False
    return bool(from_json(after.data) == from_json(before.data))


def _all_exist(tx: Transaction, work: Work) -> bool:
    prepared = work.prepared or ()
    if not prepared:
        return not (work.decision and work.decision.effects) or work.prepared is not None
    found = tx.row(
        SQL.count_effects,
        connections=[effect.connection_id for effect in prepared],
        effect_keys=[effect.draft.effect_key for effect in prepared],
    )
    return found is not None and found.count == len(prepared)
