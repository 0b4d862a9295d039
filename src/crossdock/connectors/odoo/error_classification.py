"""Odoo's replies → ports.errors, by status, content type and error name.

Never by the message, which is translated to the user's language; `debug` (a traceback with
server paths) is never kept. Recorded on 19.0: the calls err_*.json, 06, 37, 141, 271.
"""

import json
from datetime import timedelta
from typing import Any

from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotAuthorised,
    NotYet,
    RateLimited,
    Rejected,
    Unavailable,
)
from crossdock.transports.retry_after import to_wait

RETRY_AFTER_DEFAULT = timedelta(seconds=30)
_PSYCOPG = "psycopg2.errors."
ROLLED_BACK = frozenset(
    _PSYCOPG + name
    for name in (
        "SerializationFailure", "DeadlockDetected", "LockNotAvailable", "QueryCanceled",
        "QueryCanceledError",
    )
)  # fmt: skip
"""PostgreSQL undid the transaction and may do it when asked again."""
CONNECTION_LOST = frozenset(
    ("psycopg2.OperationalError", "psycopg2.InterfaceError", _PSYCOPG + "AdminShutdown",
     _PSYCOPG + "CrashShutdown")
)  # fmt: skip
"""Odoo lost its database, perhaps while it committed."""

_CONTENT_REMEDY = "correct the record it names, in Odoo or at its sender, and release it"


def is_json(content_type: str) -> bool:
    """Whether Odoo itself answers: proxies and its own front page speak HTML."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def error_of(
    status: int, content_type: str, body: bytes, *, call: str, writes: bool, retry_after: str = ""
) -> ConnectorError:
    """The error that a reply other than a JSON 200 means.

    `call` is `model/method`; `writes` tells whether an unknown outcome may have left an effect.
    """
    if status == 429:
        return RateLimited(
            f"{call}: too many requests, says what stands before Odoo",
            retry_after=to_wait(retry_after, default=RETRY_AFTER_DEFAULT),
            remedy="lower the connection's concurrency",
        )
    name, message = _named(body) if is_json(content_type) else ("", "")
    if name:
        return _named_error(status, name, message, call, writes)
    return _nameless_error(status, content_type, call, writes)


def _named(body: bytes) -> tuple[str, str]:
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("name") or ""), str(value.get("message") or "").strip()[:1000]


def _named_error(status: int, name: str, message: str, call: str, writes: bool) -> ConnectorError:
    reason = f"{call}: {message}" if message else f"{call}: {name}"
    if status == 401:
        remedy = "create a new API key in Odoo and set it as `key`"
        return NotAuthorised(reason, remedy=remedy, code="key_refused")
    if status == 403:
        remedy = "give the integration user that right in Odoo"
        return NotAuthorised(reason, remedy=remedy, code="access")
    if status == 409:
        return NotYet(reason, remedy="wait: the record is locked in Odoo", code="locked")
    if name in ROLLED_BACK:
        return Unavailable(reason, remedy="it is sent again by itself", code="serialization")
    if name in CONNECTION_LOST:
        return unknown_outcome(reason, writes=writes, code="database_lost")
    return _refused(status, name.rpartition(".")[2], reason)


def _refused(status: int, kind: str, reason: str) -> Rejected:
    if status == 404 and kind == "NotFound":
        return Rejected(reason, remedy="install the Odoo module that has it", code="no_such_call")
    code = {
        "MissingError": "missing", "UserError": "user_error", "ValidationError": "validation",
        "ValueError": "value_error",
    }.get(kind, "refused")  # fmt: skip
    return Rejected(reason, remedy=_CONTENT_REMEDY, code=code)


def _nameless_error(status: int, content_type: str, call: str, writes: bool) -> ConnectorError:
    reason = f"{call}: HTTP {status} {content_type or 'without a content type'}"
    if status == 404:
        return NotAuthorised(
            f"{reason}: no such database, or no Odoo 19 at this address",
            remedy="correct the settings url and database",
            code="database",
        )
    if 300 <= status < 400:
        return NotAuthorised(
            f"{reason}: redirected", remedy="put the final address into url", code="redirected"
        )
    if status in (401, 403, 407):
        return NotAuthorised(
            f"{reason}: refused before Odoo",
            remedy="let the integration through the proxy or firewall",
            code="refused_before_odoo",
        )
    if 400 <= status < 500 and status != 408:
        return Rejected(reason, remedy="report it: the request is not well formed", code="bad_call")
    return unknown_outcome(f"{reason}: not Odoo's own answer", writes=writes, code=str(status))


def unknown_outcome(reason: str, *, writes: bool, code: str) -> ConnectorError:
    """Ambiguous for a call that writes, Unavailable for one that only reads."""
    if writes:
        return Ambiguous(reason, remedy="it is looked for in Odoo before anything else", code=code)
    return Unavailable(reason, remedy="it is read again by itself", code=code)
