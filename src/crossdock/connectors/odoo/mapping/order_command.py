"""OrderCommand → the order it names, as bytes and back."""

import json
from dataclasses import dataclass

from crossdock.ports.erp import OrderCommand


@dataclass(frozen=True, slots=True)
class NamedOrder:
    """An existing order: by database id where it is known, else by external id."""

    external_id: str
    id: int | None
    name: str


def from_order_command(command: OrderCommand) -> bytes:
    """Which order is meant."""
    return json.dumps(
        {"external_id": command.external_id, "id": command.id, "name": command.name}
    ).encode()


def named_order(request: bytes) -> NamedOrder:
    """Raises KeyError or ValueError for bytes that `from_order_command` did not write."""
    value = json.loads(request)
    return NamedOrder(value["external_id"], value["id"], value["name"])
