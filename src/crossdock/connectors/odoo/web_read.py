"""`web_read`: records and what hangs on them, in one call."""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.ports.errors import Rejected


def web_read(
    client: OdooClient, model: str, ids: Sequence[int], specification: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The records that exist. Odoo refuses all for a missing one: the rest is asked for again."""
    if not ids:
        return []
    try:
        found: list[dict[str, Any]] = client.read(
            model, "web_read", ids=list(ids), specification=specification
        )
    except Rejected as error:
        if error.code != "missing":
            raise
        rows = client.read(model, "read", ids=list(ids), fields=["id"], load=None)
        there = [row["id"] for row in rows]
        if len(there) == len(ids):
            raise
        return web_read(client, model, there, specification)
    return found
