"""Doors of all connectors, and what their senders would sign."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from crossdock.api.hooks.door import Door
from crossdock.bootstrap import factory_of
from crossdock.engine.commit_arrivals import DueStream
from crossdock.engine.receive import KeptArrival
from crossdock.engine.registry import Attached
from crossdock.ports.capabilities import Connection
from tests.support.api_server import signed

SECRET = "a-secret-of-the-door"
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "shopify": {"shop_url": "https://example.myshopify.com"},
    "odoo": {"url": "https://odoo.example", "database": "db", "stock": "on"},
    "wms": {"url": "https://wms.example"},
}
SECRETS: Mapping[str, tuple[str, ...]] = {
    "shopify": ("api_secret", "access_token"),
    "odoo": ("key", "webhook_token"),
    "wms": ("token", "webhook_secret"),
}
TOPICS: Mapping[str, tuple[str, ...]] = {
    "shopify": ("orders/create", "orders/updated", "orders/cancelled", "orders/edited",
                "orders/sweep", "orders/reread", "", "products/update", "\xe9" * 300),
    "odoo": ("",),
    "wms": ("",),
}  # fmt: skip
HINTS = (b'{"_model": "sale.order", "_id": 7}', b'{"_model": "account.move", "_id": 1}')


@dataclass(frozen=True, slots=True)
class Sender:
    """Who knocks at a door."""

    door: Door
    headers: Callable[[bytes, str], dict[str, str]]
    """Of a body under a topic: as its system signs."""
    token: str = ""

    def knock(self, body: bytes, headers: Mapping[str, str]) -> KeptArrival | DueStream:
        raw = [(n.encode(), v.encode("latin-1")) for n, v in headers.items()]
        return self.door.admit(raw, body, self.token)


def _by_shopify(body: bytes, topic: str) -> dict[str, str]:
    return signed(body, topic, SECRET)


def _by_wms(body: bytes, _topic: str) -> dict[str, str]:
    digest = hmac.digest(SECRET.encode(), b"msg-1.1700000000." + body, "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": "msg-1", "webhook-timestamp": "1700000000",
            "webhook-signature": signature}  # fmt: skip


def sender_to(system: str, connection_id: int = 1, name: str = "door") -> Sender:
    """A door of this system with somebody who knows its secret."""
    connection = Connection(
        connection_id, 1, name, system, SETTINGS[system],
        dict.fromkeys(SECRETS[system], (SECRET,)),
    )  # fmt: skip
    door = Door.of(Attached(connection, factory_of(system)(connection)))
    assert door is not None
    if system == "odoo":
        return Sender(door, lambda _body, _topic: {}, SECRET)
    return Sender(door, _by_shopify if system == "shopify" else _by_wms)


def samples_of(system: str) -> list[bytes]:
    """The connector's own inbound samples."""
    folder = files(f"crossdock.connectors.{system}") / "samples"
    found = [f for f in folder.iterdir() if f.name.endswith(".in.json")]
    bodies = [f.read_bytes() for f in sorted(found, key=lambda f: f.name)]
    return [*bodies, *HINTS] if system == "odoo" else bodies
