"""What a swept stock level is: its pair, its version, and whether it is known already."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crossdock.connectors.odoo.manifest import STOCK_LEVEL_KIND
from crossdock.connectors.odoo.sweep_cursor import INSTANT
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import MessageIdentity

SETTLED = timedelta(seconds=60)
"""A figure read later than this after its last change surely holds all of it."""


def identify_level(level: Mapping[str, Any], connection: str) -> MessageIdentity:
    """Raises Unreadable for a body that the sweep did not write."""
    try:
        pair = f"{level['warehouse']}:{level['sku']}"
        changed_at, read_at = str(level["changed_at"]), str(level["read_at"])
        settled = _settled(changed_at, read_at)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(
            "body", f"is no swept stock level: {error!r}", "sweep the stream stock again"
        ) from error
    figures = {name: value for name, value in level.items() if name != "read_at"}
    digest = hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()[:16]
    return MessageIdentity(
        kind=STOCK_LEVEL_KIND,
        message_key=f"stock:{pair}:{changed_at}#{digest}{'' if settled else '~'}",
        work_key=f"{connection}:stock:{pair}",
        version=read_at,
    )


def _settled(changed_at: str, read_at: str) -> bool:
    if not changed_at:
        return True
    changed = datetime.strptime(changed_at, INSTANT).replace(tzinfo=UTC)
    return changed + SETTLED <= datetime.fromisoformat(read_at)
