"""API keys: random, shown once, stored as a hash, found by their public part.

    cdk_k3f9x2m4q7ab_<43 characters>
        │            └ secret: 256 random bits; only its SHA-256 is stored
        └ key id: names the key in lists, logs and the audit

A slow password hash would add nothing: the secret is random, so it cannot be guessed from a list.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.engine.store import Transaction, load_queries
from crossdock.governance.access import Principal
from crossdock.governance.principals import principal_of

SQL = load_queries(__package__, "access.sql")

PREFIX = "cdk"
KEY_ID_LENGTH = 12
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_NOBODY = hashlib.sha256(b"").hexdigest()


class KeyRefused(PermissionError):
    """The key opens nothing: unknown, wrong, expired or revoked. Callers answer all alike."""


class UnknownKey(LookupError):
    """No key with that id."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `text` is the only copy there will ever be."""

    key_id: str
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as listed: never its secret."""

    key_id: str
    company_id: int
    principal: str
    kind: str
    roles: Sequence[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """active | expired | revoked"""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"


def issue_key(
    tx: Transaction, principal: Principal, *, expires_at: datetime, now: datetime
) -> IssuedKey:
    """Make a key for the principal. Raises ValueError when it would be expired at once."""
    if expires_at <= now:
        raise ValueError(f"a key cannot expire at {expires_at.isoformat()}: that is past")
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(KEY_ID_LENGTH))
    secret = secrets.token_urlsafe(32)
    tx.run(
        SQL.add_key,
        key_id=key_id,
        company_id=principal.company_id,
        principal_id=principal.principal_id,
        secret_hash=_hash(secret),
        now=now,
        expires_at=expires_at,
    )
    return IssuedKey(key_id, f"{PREFIX}_{key_id}_{secret}", expires_at)


def verify_key(tx: Transaction, text: str, now: datetime) -> Principal:
    """The principal a key stands for.

    Takes the same steps whether the key exists or not, and compares in constant time.
    Raises KeyRefused; its text is for our log, not for the caller.
    """
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    row = tx.row(SQL.find_key, key_id=key_id)
    right = hmac.compare_digest(_hash(secret), row.secret_hash if row else _NOBODY)
    if prefix != PREFIX or row is None or not right:
        raise KeyRefused(f"no such key ({key_id[:KEY_ID_LENGTH]!r})")
    if row.revoked_at is not None:
        raise KeyRefused(f"key {key_id} was revoked at {row.revoked_at.isoformat()}")
    if row.expires_at <= now:
        raise KeyRefused(f"key {key_id} expired at {row.expires_at.isoformat()}")
    if not row.active:
        raise KeyRefused(f"key {key_id} belongs to {row.name!r}, who was deactivated")
    return principal_of(row)


def find_key(tx: Transaction, key_id: str) -> KeyRecord:
    """Raises UnknownKey."""
    found = next((k for k in list_keys(tx) if k.key_id == key_id), None)
    if found is None:
        raise UnknownKey(f"no API key {key_id!r}; see `crossdock keys list`")
    return found


def revoke_key(tx: Transaction, key_id: str, now: datetime) -> KeyRecord:
    """From the commit on the key opens nothing. Raises UnknownKey."""
    tx.run(SQL.revoke_key, key_id=key_id, now=now)
    return find_key(tx, key_id)


def list_keys(tx: Transaction) -> list[KeyRecord]:
    """Every key of the companies in sight, newest first."""
    return [KeyRecord(*row) for row in tx.rows(SQL.list_keys)]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
