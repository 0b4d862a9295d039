"""Audit: every human act, in a chain of hashes per company, so that an altered row is found.

An entry is written in the caller's transaction: the act and its record stand or fall together.
A chain cannot show that its newest entries were cut off: compare `head` with one noted elsewhere.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crossdock.engine.encoding import from_json, to_json
from crossdock.engine.store import Transaction, json_value, load_queries

SQL = load_queries(__package__, "audit.sql")

GENESIS = "0" * 64
"""What the first entry of a company follows."""
PAGE = 5000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act."""

    sequence: int
    at: datetime
    principal: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry: note it elsewhere to find a chain that was cut short."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The result of reading a whole chain; `broken` says what is wrong with it, if anything."""

    company_id: int
    entries: int
    head: AuditHead
    broken: str = ""


def record_act(
    tx: Transaction,
    *,
    company_id: int,
    principal: str,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> AuditHead:
    """Append one act to the company's chain; other writers of it wait for this transaction."""
    tx.run(SQL.lock_chain, company_id=company_id)
    last = head(tx, company_id)
    plain = from_json(to_json(dict(detail or {})))
    entry = AuditEntry(last.sequence + 1, now, principal, action, subject, plain, last.hash, "")
    made = entry_hash(company_id, entry)
    tx.run(
        SQL.append,
        company_id=company_id,
        sequence=entry.sequence,
        at=now,
        principal=principal,
        action=action,
        subject=subject,
        detail=json_value(plain),
        previous_hash=last.hash,
        hash=made,
    )
    return AuditHead(entry.sequence, made)


def head(tx: Transaction, company_id: int) -> AuditHead:
    """The newest entry's number and hash; number 0 when there is none yet."""
    row = tx.row(SQL.head, company_id=company_id)
    return AuditHead(row.sequence, row.hash) if row else AuditHead(0, GENESIS)


def has_entry(tx: Transaction, noted: AuditHead) -> bool:
    """Whether some chain in sight still has the entry that was noted."""
    return tx.row(SQL.has_entry, sequence=noted.sequence, hash=noted.hash) is not None


def list_acts(tx: Transaction, *, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
    """Acts, newest first; only those on one subject when it is given."""
    return [AuditEntry(*row) for row in tx.rows(SQL.list_acts, subject=subject, limit=limit)]


def verify_chain(tx: Transaction, company_id: int) -> AuditVerdict:
    """Read the whole chain and recompute it; stops at the first entry that does not fit."""
    last = AuditHead(0, GENESIS)
    while rows := tx.rows(SQL.page, company_id=company_id, after=last.sequence, limit=PAGE):
        for row in rows:
            entry = AuditEntry(*row)
            if problem := _misfit(company_id, last, entry):
                return AuditVerdict(company_id, last.sequence, last, problem)
            last = AuditHead(entry.sequence, entry.hash)
    return AuditVerdict(company_id, last.sequence, last)


def _misfit(company_id: int, last: AuditHead, entry: AuditEntry) -> str:
    if entry.sequence != last.sequence + 1:
        return f"entry {last.sequence + 1} is missing"
    if entry.previous_hash != last.hash:
        return f"entry {entry.sequence} does not follow entry {last.sequence} as it stands"
    if entry.hash != entry_hash(company_id, entry):
        return f"entry {entry.sequence} was altered"
    return ""


def entry_hash(company_id: int, entry: AuditEntry) -> str:
    """SHA-256 over everything the entry says and the hash before it."""
    content = [
        company_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.principal,
        entry.action,
        entry.subject,
        from_json(to_json(entry.detail)),
        entry.previous_hash,
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
