"""What an arrival is: signature and identity. Called for every webhook, so quick.

Signatures follow Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`,
several separated by spaces while a secret is rotated. The age of the timestamp is not judged: an
event is a fact with an id of its own, so a late delivery is wanted and a repeated one changes
nothing; what a replay could do is therefore nothing, and what a refusal would do is lose a fact.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from crossdock.connectors.wms.contract.events import STOCK_ADJUSTED, STOCK_COUNTED
from crossdock.connectors.wms.manifest import EVENT_KIND, STOCK_ADJUSTMENT_KIND, STOCK_COUNT_KIND
from crossdock.ports.errors import BadSignature, Rejected, Unreadable
from crossdock.ports.message import Arrival, MessageIdentity

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
SWEPT_TOPIC = "events"
ENCODED_PREFIX = "whsec_"
SIGNATURES_MAX = 16
STOCK_KINDS = {STOCK_COUNTED: STOCK_COUNT_KIND, STOCK_ADJUSTED: STOCK_ADJUSTMENT_KIND}
REMEDY = "have the warehouse correct it and send it again under a new event_id"


def signing_key(secret: str) -> bytes:
    """The key of a secret: base64 behind `whsec_`, else the text itself. Raises Rejected."""
    if not secret.startswith(ENCODED_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(ENCODED_PREFIX), validate=True)
    except binascii.Error as error:
        remedy = "copy it again from the warehouse system"
        reason = "webhook_secret is not base64 behind whsec_"
        raise Rejected(reason, field="webhook_secret", remedy=remedy) from error


def signature(key: bytes, webhook_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    """`v1,…` of one key."""
    digest = hmac.digest(key, b".".join((webhook_id, timestamp, body)), "sha256")
    return b"v1," + base64.b64encode(digest)


def check_signature(arrival: Arrival, keys: Sequence[bytes]) -> None:
    """Raises BadSignature unless one of the signatures is of one of the keys."""
    webhook_id, timestamp, given = (
        arrival.headers.get(name, "").encode("utf-8", "replace")
        for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
    )
    if not given.strip():
        raise BadSignature(f"header {SIGNATURE_HEADER} is missing")
    expected = [signature(key, webhook_id, timestamp, arrival.body) for key in keys]
    matches = False
    for one in given.split()[:SIGNATURES_MAX]:
        for ours in expected:
            matches |= hmac.compare_digest(ours, one)
    if not matches:
        raise BadSignature(f"{SIGNATURE_HEADER} matches no webhook_secret of this connection")


class _Named(BaseModel):
    event_id: Annotated[str, Field(strict=True, min_length=1, max_length=128)]
    type: Annotated[str, Field(strict=True, min_length=1, max_length=128)]
    order_key: Annotated[str, Field(strict=True, max_length=255)] = ""
    sku: Annotated[str, Field(strict=True, max_length=255)] = ""


def identify_event(arrival: Arrival, connection_name: str) -> MessageIdentity:
    """Which event it is and which order or SKU it is about. Raises Unreadable.

    The key is the event's id alone, without a hash of its content: the feed and the webhook may
    write one event in different bytes, and a fact that is applied twice is the greater evil. A
    warehouse that gives an id to a second event loses that one here, as the API says.
    """
    try:
        named = _Named.model_validate_json(arrival.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise Unreadable(field, first["msg"].removeprefix("Value error, "), REMEDY) from error
    kind = STOCK_KINDS.get(named.type, EVENT_KIND)
    return MessageIdentity(kind, f"event:{named.event_id}", _work_key(named, kind, connection_name))


def _work_key(named: _Named, kind: str, connection_name: str) -> str:
    if kind == EVENT_KIND:
        return named.order_key or f"{connection_name}:event:{named.event_id}"
    if not named.sku:
        raise Unreadable("sku", f"{named.type} does not say of what", REMEDY)
    return f"{connection_name}:stock:{named.sku}"
