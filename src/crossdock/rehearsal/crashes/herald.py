"""Arrivals of which we know the answer: each 2xx is looked for afterwards (promise P1)."""

import json
import threading
import uuid
from dataclasses import dataclass, field

import httpx

from crossdock.engine.store import Row, Store, StoreUnavailable, load_queries
from crossdock.rehearsal.house import House

SQL = load_queries(__package__, "crashes.sql")
DELIVERY_ID = "x-shopify-webhook-id"
PAUSE_SECONDS = 0.05
NOT_SENT_ON = ("host", "content-length", "connection", "accept-encoding", "accept")


@dataclass(slots=True)
class Herald:
    """Sends one genuine webhook again and again, each time under a delivery id of its own.

    Every one of them is a duplicate to the ledger, and every one is a row in the log of arrivals.
    """

    house: House
    store: Store
    acknowledged: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._send, name="herald", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(30)

    def lost(self) -> int:
        """How many acknowledged ones are not in the log."""
        with self.store.transaction() as tx:
            rows = tx.rows(SQL.kept_headers, connection=self.house.shop_name)
        kept = {json.loads(bytes(row.headers)).get(DELIVERY_ID) for row in rows}
        return len(self.acknowledged - kept)

    def _send(self) -> None:
        original = None
        while original is None:
            if self._over.wait(PAUSE_SECONDS):
                return
            original = self._first()
        headers = {
            name: value
            for name, value in json.loads(bytes(original.headers)).items()
            if name not in NOT_SENT_ON
        }
        url = f"{self.house.api_url}/hooks/{self.house.shop_name}"
        with httpx.Client(timeout=20) as client:
            while not self._over.wait(PAUSE_SECONDS):
                name = f"herald-{uuid.uuid4()}"
                try:
                    reply = client.post(
                        url, content=bytes(original.body), headers={**headers, DELIVERY_ID: name}
                    )
                except httpx.TransportError:
                    continue
                if reply.is_success:
                    self.acknowledged.add(name)

    def _first(self) -> Row | None:
        try:
            with self.store.transaction() as tx:
                return tx.row(SQL.first_webhook, connection=self.house.shop_name)
        except StoreUnavailable:
            return None
