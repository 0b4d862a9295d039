"""The door of one connection: who knocks, and what do they bring?"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import structlog

from crossdock.engine.commit_arrivals import DueStream
from crossdock.engine.receive import KeptArrival, identify_arrival
from crossdock.engine.registry import Attached, Registry
from crossdock.ports.capabilities import Receives
from crossdock.ports.errors import BadSignature
from crossdock.ports.message import Arrival, Hint, Source

log = structlog.get_logger(__name__)

TOKEN_HEADER = "x-crossdock-token"  # noqa: S105 - a name
DEFAULT_TOPIC = "webhook"
TELLING = (
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "api-key",
    "apikey",
    "credential",
)
"""Headers with one of these in their name are never kept."""

RawHeaders = Iterable[tuple[bytes, bytes]]


@dataclass(slots=True)
class Door:
    """One receiving connection and its counts since the start of this process."""

    attached: Attached
    receives: Receives
    received: int = 0
    """Answered 2xx."""
    refused: dict[str, int] = field(default_factory=dict)
    _topic_header: str = ""
    _secrets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, attached: Attached) -> "Door | None":
        """None when the connector takes no webhooks."""
        connector = attached.connector
        if not isinstance(connector, Receives):
            return None
        secrets = frozenset(
            v for values in attached.connection.secrets.values() for v in values if v
        )
        return cls(
            attached, connector, _topic_header=attached.manifest.topic_header, _secrets=secrets
        )

    @property
    def name(self) -> str:
        return self.attached.connection.name

    def refuse(self, reason: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def admit(self, raw_headers: RawHeaders, body: bytes, token: str) -> KeptArrival | DueStream:
        """Authenticate and identify. Raises BadSignature.

        A signed arrival is never refused: what cannot be identified is kept and held.
        """
        arrival = self._arrival(raw_headers, body, token)
        try:
            self.receives.authenticate(arrival)
        except BadSignature:
            raise
        except Exception as error:  # boundary: a fault of a connector is no open door
            log.exception("hook.authenticate_failed", connection=self.name)
            raise BadSignature(f"the signature could not be checked: {error}") from error
        return self._identified(self._without_secrets(arrival))

    def _arrival(self, raw_headers: RawHeaders, body: bytes, token: str) -> Arrival:
        headers = {str(n, "latin-1"): str(v, "latin-1") for n, v in raw_headers}
        if token:
            headers[TOKEN_HEADER] = token
        topic = headers.get(self._topic_header, "") if self._topic_header else DEFAULT_TOPIC
        return Arrival(topic, headers, body)

    def _without_secrets(self, arrival: Arrival) -> Arrival:
        headers = arrival.headers
        kept = {
            n: v for n, v in headers.items()
            if not _is_telling(n) and not any(secret in v for secret in self._secrets)
        }  # fmt: skip
        return arrival if len(kept) == len(headers) else replace(arrival, headers=kept)

    def _identified(self, arrival: Arrival) -> KeptArrival | DueStream:
        connection, owner = self.attached.connection, self.attached.manifest.owner
        named = identify_arrival(connection, self.receives, arrival, Source.WEBHOOK, owner)
        if isinstance(named, Hint):
            return DueStream(connection.connection_id, named.stream)
        return named


@lru_cache(maxsize=1024)
def _is_telling(name: str) -> bool:
    return any(word in name for word in TELLING)


def doors_of(registry: Registry) -> dict[str, Door]:
    """By connection name: every connection that takes webhooks, paused ones as well."""
    doors = (Door.of(attached) for attached in registry.attached.values())
    return {door.name: door for door in doors if door is not None}
