"""Odoo's outbound webhooks: no signature, so a token in the URL; each is only a hint."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from crossdock.connectors.odoo.manifest import SALE_ORDER_KIND
from crossdock.connectors.odoo.stock_identity import identify_level
from crossdock.ports.errors import BadSignature, Unreadable
from crossdock.ports.message import Arrival, Hint, MessageIdentity

TOKEN_HEADER = "x-crossdock-token"  # noqa: S105 - a header's name
SWEPT_ORDER = "sale.order"
"""Topic of a swept order."""
SWEPT_STOCK = "stock.level"
"""Topic of what a warehouse has of one SKU, swept."""
STREAMS: Mapping[str, str] = {
    "sale.order": "sale_orders",
    "sale.order.line": "sale_orders",
    "product.product": "products",
    "product.template": "products",
    "res.partner": "partners",
    "uom.uom": "units",
    "account.tax": "taxes",
    "res.currency": "currencies",
    "product.pricelist.item": "prices",
    "account.move": "credit",
    "stock.quant": "stock",
    "stock.move": "stock",
}


def check_token(arrival: Arrival, tokens: Sequence[str]) -> None:
    """Raises BadSignature unless the token in the URL is one of ours."""
    given = arrival.headers.get(TOKEN_HEADER, "").encode(errors="surrogatepass")
    valid = [hmac.compare_digest(given, token.encode()) for token in tokens if token]
    if not any(valid):
        raise BadSignature("the token in the URL is missing or unknown")


def identify(arrival: Arrival, connection: str) -> MessageIdentity | Hint:
    """A swept order or stock level by its version, a webhook as a hint. Raises Unreadable."""
    try:
        body = json.loads(arrival.body)
    except ValueError as error:
        raise Unreadable("body", "is no JSON", "see the automation in Odoo that sent it") from error
    if not isinstance(body, dict):
        raise Unreadable("body", "is no JSON object", "see the automation in Odoo that sent it")
    if arrival.topic == SWEPT_ORDER:
        return _swept_order(arrival, body, connection)
    if arrival.topic == SWEPT_STOCK:
        return identify_level(body, connection)
    stream = STREAMS.get(str(body.get("_model")))
    if stream is None:
        raise Unreadable(
            "_model",
            f"{body.get('_model')!r} is no model that is swept",
            f"let Odoo send webhooks for {', '.join(sorted(STREAMS))} only",
        )
    return Hint(stream)


def _swept_order(arrival: Arrival, body: Mapping[str, object], connection: str) -> MessageIdentity:
    try:
        order_id, version = body["id"], body["write_date"]
    except KeyError as error:
        raise Unreadable(
            str(error), "is missing in a swept order", "sweep the stream again"
        ) from error
    fingerprint = hashlib.sha256(arrival.body).hexdigest()[:16]
    return MessageIdentity(
        kind=SALE_ORDER_KIND,
        message_key=f"sale.order:{order_id}:{version}#{fingerprint}",
        work_key=f"{connection}:sale.order:{order_id}",
        version=str(version),
    )
