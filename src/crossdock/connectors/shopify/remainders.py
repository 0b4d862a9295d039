"""Taking off an order what will not be shipped: a refund of pieces without any money.

Grade A: `refundCreate` demands `@idempotent(key:)`, which Shopify remembers for 24 hours. The key's
beginning stands in the refund's note as well, which is looked for first: so a repeat after the
key's life does nothing either. Why a refund: docs/decisions/0026.
"""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.fulfilment_plan import (
    LocationPlan,
    plan_remainder,
    wanted_pieces,
)
from crossdock.connectors.shopify.fulfilment_state import (
    Pieces,
    line_gid,
    nodes_of,
    order_gone,
    read_fulfilment,
)
from crossdock.connectors.shopify.queries import (
    CANCEL_REMAINDER,
    READ_REFUND_LINES,
    READ_REFUNDS,
)
from crossdock.connectors.shopify.replies import first_user_error, reading
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected

KEY_LIFETIME = timedelta(hours=24)
"""Vendor page "Implementing idempotency"."""
REFUNDS_MAX = 50
KEYS_MAX = 3
"""A key whose request failed cannot be used again: so many are tried."""
FAILED_BEFORE = "previous request with this idempotency key failed"
OF_THE_KEY = "idempotency key"
IN_PROGRESS = "currently in progress"
"""Words of Shopify's idempotency errors (schema 2026-07, codes IDEMPOTENCY_*): those of
`refundCreate` come without their code."""
_NAMESPACE = uuid.UUID("6f1c9b1e-64a1-5c0f-9a44-0d6c7f1c5b7a")

Request = dict[str, Any]


def cancel_remainder(client: ShopifyClient, effect: EffectToSend) -> Outcome:
    """Take the pieces off, unless our refund is there already."""
    request: Request = json.loads(effect.request)
    try:
        found = _find(client, effect, request)
        if isinstance(found, Conflicting):
            return Failed(effect.effect_key, Rejected(found.difference, code="other_refund"))
        if found is not None:
            return found
        state = read_fulfilment(client.run, request["order_id"])
        names = {line["line_id"]: line["sku"] for line in request["lines"]}
        plans = plan_remainder(state, wanted_pieces(request["lines"]), names)
        return _refund(client, effect, _refund_input(effect, request, plans))
    except ConnectorError as error:
        return Failed(effect.effect_key, error)


def probe_remainder(client: ShopifyClient, effect: EffectToSend) -> ProbeResult:
    """Look for our refund by its note and compare its lines."""
    try:
        found = _find(client, effect, json.loads(effect.request))
    except Rejected as error:
        return Failed(effect.effect_key, error)
    return found or Absent(effect.effect_key)


def _refund_input(
    effect: EffectToSend, request: Request, plans: Sequence[LocationPlan]
) -> dict[str, Any]:
    """CANCEL takes pieces that are not fulfilled; any other type would take shipped ones first."""
    return {
        "orderId": request["order_id"],
        "note": f"{request['reason'] or 'will not be shipped'} [{_mark(effect)}]",
        "notify": False,
        "transactions": [],
        "refundLineItems": [
            {
                "lineItemId": take.line_id,
                "quantity": take.quantity,
                "restockType": "CANCEL",
                "locationId": plan.location_id,
            }
            for plan in plans
            for take in plan.takes
        ],
    }


def _refund(client: ShopifyClient, effect: EffectToSend, refund: dict[str, Any]) -> Outcome:
    for number in range(KEYS_MAX):
        variables = {"input": refund, "key": _key(effect, number)}
        data = client.run(CANCEL_REMAINDER, variables)
        with reading(CANCEL_REMAINDER):
            payload = data["refundCreate"]
            errors = payload["userErrors"]
            if not errors:
                made, status = payload["refund"], payload["order"]["displayFulfillmentStatus"]
                return Observed(effect.effect_key, _observation(made["id"], status))
            said = str(errors[0]["message"]).casefold()
        if FAILED_BEFORE not in said:
            break
    if OF_THE_KEY in said or IN_PROGRESS in said:
        raise Ambiguous(
            f"an earlier request under our key: {said[:300]}",
            remedy="look whether the order has the refund",
        )
    remedy = "look at the order in Shopify: what is left of it to be shipped?"
    raise first_user_error(errors, "", remedy) or Ambiguous(said)


def _find(
    client: ShopifyClient, effect: EffectToSend, request: Request
) -> Observed | Conflicting | None:
    """Our refund on the order, if it is there. Raises Rejected when the order is gone."""
    order = client.run(READ_REFUNDS, {"id": request["order_id"]})["order"]
    if order is None:
        raise order_gone(request["order_id"])
    with reading(READ_REFUNDS):
        refunds = order["refunds"]
        ours = next((r for r in refunds if _mark(effect) in (r["note"] or "")), None)
        status = order["displayFulfillmentStatus"]
    if ours is None:
        if len(refunds) >= REFUNDS_MAX:
            remedy = "cancel the remainder in Shopify by hand"
            raise Rejected(f"{order['name']} has too many refunds to look through", remedy=remedy)
        return None
    theirs, wanted = _pieces(client, ours["id"]), wanted_pieces(request["lines"])
    if theirs != wanted:
        difference = f"refund {ours['id']}: theirs {dict(theirs)}, ours {dict(wanted)}"
        return Conflicting(effect.effect_key, difference)
    return Observed(effect.effect_key, _observation(ours["id"], status), adopted=True)


def _pieces(client: ShopifyClient, refund_id: str) -> Pieces:
    refund = client.run(READ_REFUND_LINES, {"id": refund_id})["refund"]
    pieces: Pieces = Counter()
    with reading(READ_REFUND_LINES):
        where = ("refund", "refundLineItems")
        first = refund["refundLineItems"]
        for line in nodes_of(client.run, READ_REFUND_LINES, refund_id, first, where):
            pieces[line_gid(line)] += line["quantity"]
    return pieces


def _key(effect: EffectToSend, number: int = 0) -> str:
    suffix = f"/{number}" if number else ""
    return str(uuid.uuid5(_NAMESPACE, effect.effect_key + suffix))


def _mark(effect: EffectToSend) -> str:
    return f"crossdock {_key(effect)}"


def _observation(refund_id: str, status: str) -> dict[str, Any]:
    return {"id": refund_id, "order_status": str(status).lower()}
