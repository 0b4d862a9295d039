"""What an arrival is: signature, identity, version. Called for every webhook, so quick."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from crossdock.ports.errors import BadSignature, Unreadable
from crossdock.ports.message import Arrival, Hint, MessageIdentity

SIGNATURE_HEADER = "x-shopify-hmac-sha256"
TOPIC_HEADER = "x-shopify-topic"
SHOP_HEADER = "x-shopify-shop-domain"

ORDER_KIND = "shopify.order"
ORDERS_STREAM = "orders"
SWEEP_TOPIC = "orders/sweep"
REREAD_TOPIC = "orders/reread"
NODE_TOPICS = frozenset({SWEEP_TOPIC, REREAD_TOPIC})
"""Our own topics: the body is a GraphQL order node."""
EDITED_TOPIC = "orders/edited"
"""Its body is the edit, not the order: the order comes with the sweep it makes due."""
WEBHOOK_TOPICS = frozenset({"orders/create", "orders/updated", "orders/cancelled"})

REREAD_REMEDY = "the sweep reads the order again; if it stays so, report it to Shopify"


def check_signature(arrival: Arrival, keys: Sequence[bytes]) -> None:
    """Base64 of HMAC-SHA256 over the raw body, by any of the keys. Raises BadSignature.

    Two keys are valid while the app's client secret is rotated: Shopify may sign with the old one
    for up to an hour. Source: vendor page "Deliver webhooks through HTTPS".
    """
    given = arrival.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
    if not given:
        raise BadSignature(f"header {SIGNATURE_HEADER} is missing")
    matches = False
    for key in keys:
        expected = base64.b64encode(hmac.digest(key, arrival.body, "sha256"))
        matches |= hmac.compare_digest(expected, given)
    if not matches:
        raise BadSignature(f"{SIGNATURE_HEADER} matches no api_secret of this connection")


def check_shop(arrival: Arrival, shop_domain: str) -> None:
    """Raises Unreadable for a webhook of another shop: one app secret signs for all its shops."""
    sender = arrival.headers.get(SHOP_HEADER)
    if shop_domain and sender and sender != shop_domain:
        raise Unreadable(
            SHOP_HEADER,
            f"{sender[:100]!r} is not the shop of this connection",
            "point that shop's webhooks at its own connection, or mend shop_url",
        )


class _Webhook(BaseModel):
    id: Annotated[int, Field(strict=True, gt=0, lt=2**64)]
    updated_at: Annotated[str, Field(strict=True, max_length=64)]


class _Node(BaseModel):
    legacyResourceId: Annotated[str, Field(strict=True, pattern=r"^[1-9][0-9]{0,19}$")]  # noqa: N815 - the vendor's spelling
    updatedAt: Annotated[str, Field(strict=True, max_length=64)]  # noqa: N815


class _Order(_Webhook):
    """An order by what its own, signed body says."""

    admin_graphql_api_id: Annotated[str, Field(strict=True, pattern=r"^gid://shopify/Order/")]


class _Edit(BaseModel):
    order_edit: dict[str, object] | None = None


_webhook_from_json = _Webhook.model_validate_json
_node_from_json = _Node.model_validate_json


def identify_order(arrival: Arrival, connection_name: str) -> MessageIdentity | Hint:
    """The order's id and version. Raises Unreadable with field, reason and remedy.

    The body is checked to be JSON as a whole; only the two fields become Python objects. The
    signature covers the body alone: an order that comes again under another topic is that order.
    """
    topic, body = arrival.topic, arrival.body
    if topic not in WEBHOOK_TOPICS and _says_order(body):
        topic = min(WEBHOOK_TOPICS)
    try:
        if topic in WEBHOOK_TOPICS:
            webhook = _webhook_from_json(body)
            order_id, updated_at = str(webhook.id), webhook.updated_at
        elif topic in NODE_TOPICS:
            node = _node_from_json(body)
            order_id, updated_at = node.legacyResourceId, node.updatedAt
        elif topic == EDITED_TOPIC:
            _Edit.model_validate_json(body)
            return Hint(ORDERS_STREAM)
        else:
            raise _unknown_topic(topic)
    except ValidationError as error:
        raise _unreadable(error) from error
    version = _version(updated_at, "updatedAt" if topic in NODE_TOPICS else "updated_at")
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return MessageIdentity(
        kind=ORDER_KIND,
        message_key=f"order:{order_id}@{version}#{digest}",
        work_key=work_key(connection_name, order_id),
        version=version,
    )


def _says_order(body: bytes) -> bool:
    try:
        _Order.model_validate_json(body)
    except ValidationError:
        return False
    return True


def work_key(connection_name: str, order_id: int | str) -> str:
    """The thing that messages about an order are about."""
    return f"{connection_name}:order:{order_id}"


def version_text(instant: datetime) -> str:
    """An instant as text that sorts: `2026-11-21T08:00:00.000000Z`."""
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="microseconds") + "Z"


@lru_cache(maxsize=4096)
def _version(value: str, name: str) -> str:
    """Kept: orders of one second share their version's text."""
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise Unreadable(name, "has no UTC offset", REREAD_REMEDY)
        return version_text(instant)
    except (ValueError, OverflowError) as error:
        raise Unreadable(name, "is not an ISO 8601 instant", REREAD_REMEDY) from error


def _unknown_topic(topic: str) -> Unreadable:
    reason = f"{topic[:100]!r} is not a topic this connector reads"
    return Unreadable(TOPIC_HEADER, reason, "remove that subscription in Shopify")


def _unreadable(error: ValidationError) -> Unreadable:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return Unreadable(field, first["msg"].removeprefix("Value error, "), REREAD_REMEDY)
