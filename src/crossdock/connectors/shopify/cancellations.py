"""Cancelling an order in Shopify: a job there, watched until the order is cancelled.

Grade C: an order is cancelled once and for ever, which `cancelledAt` shows; but the job may still
run after its reply was lost. No money is moved, except that Shopify releases what was authorised.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.fulfilment_state import UNDONE, order_gone
from crossdock.connectors.shopify.queries import CANCEL_ORDER, READ_CANCELLATION, READ_JOB
from crossdock.connectors.shopify.replies import first_user_error, reading
from crossdock.ports.effect import (
    Absent,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected

SETTLE = timedelta(minutes=2)
"""How long a job may still cancel the order after we lost sight of it."""
NOTE_MAX = 255
LOOKS_SECONDS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses before each look at the job: about 16 seconds in all."""

Request = dict[str, Any]
Order = dict[str, Any]
Wait = Callable[[float], bool]
"""Pauses for seconds; True when the connector is being closed."""


def cancel_order(client: ShopifyClient, effect: EffectToSend, wait: Wait) -> Outcome:
    """Cancel it with its stock given back, unless it is cancelled already or was shipped."""
    request: Request = json.loads(effect.request)
    try:
        order = _read(client, request)
        if order["cancelledAt"]:
            return _observed(effect, order, adopted=True)
        _refuse_shipped(order)
        refused = _start_and_await(client, request, wait)
        order = _read_after(client, request)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    if order["cancelledAt"]:
        return _observed(effect, order, adopted=refused is not None)
    running = Ambiguous(f"the job that cancels {order['name']} is not done")
    return Failed(effect.effect_key, refused or running)


def probe_cancellation(client: ShopifyClient, effect: EffectToSend) -> ProbeResult:
    """Whether the order is cancelled by now."""
    try:
        order = _read(client, json.loads(effect.request))
    except Rejected as error:
        return Failed(effect.effect_key, error)
    if not order["cancelledAt"]:
        return Absent(effect.effect_key)
    return _observed(effect, order, adopted=True)


def _read(client: ShopifyClient, request: Request) -> Order:
    order: Order | None = client.run(READ_CANCELLATION, {"id": request["order_id"]})["order"]
    if order is None:
        raise order_gone(request["order_id"])
    return order


def _read_after(client: ShopifyClient, request: Request) -> Order:
    """Once the job was started, what cannot be read is not known."""
    try:
        return _read(client, request)
    except ConnectorError as error:
        raise Ambiguous(f"after asking for the cancellation: {error.reason}") from error


def _refuse_shipped(order: Order) -> None:
    with reading(READ_CANCELLATION):
        shipped = [f["name"] for f in order["fulfillments"] if f["status"] not in UNDONE]
    if shipped:
        raise Rejected(
            f"{order['name']} is fulfilled in part or whole ({', '.join(shipped)})",
            remedy="cancel its remainder instead; what was shipped comes back as a return",
            code="already_fulfilled",
        )


def _start_and_await(client: ShopifyClient, request: Request, wait: Wait) -> Rejected | None:
    """Ask for it and watch the job; answers Shopify's refusal."""
    variables = {
        "id": request["order_id"],
        "reason": request["reason"],
        "restock": True,
        "notify": request["notify"],
        "note": request["note"][:NOTE_MAX],
        "refund": {"originalPaymentMethodsRefund": False},
    }
    data = client.run(CANCEL_ORDER, variables)
    with reading(CANCEL_ORDER):
        payload = data["orderCancel"]
        errors, job = payload["orderCancelUserErrors"], payload["job"]
        if errors and errors[0]["code"] == "INTERNAL_ERROR":
            raise Ambiguous(f"Shopify failed inside: {errors[0]['message']}")
        remedy = "look at the order in Shopify: open returns or authorisations prevent it"
        refused = first_user_error(errors, "", remedy)
    if job and not job["done"] and not refused:
        _await_job(client, job["id"], wait)
    return refused


def _await_job(client: ShopifyClient, job_id: str, wait: Wait) -> None:
    """Until it is done, or has taken so long that the probe looks later."""
    for pause in LOOKS_SECONDS:
        if wait(pause):
            return
        try:
            job = client.run(READ_JOB, {"id": job_id})["job"]
        except ConnectorError:
            return
        if job is None or job["done"]:
            return


def _observed(effect: EffectToSend, order: Order, *, adopted: bool) -> Observed:
    reason = (order.get("cancelReason") or "").lower()
    observation = {"id": order["id"], "cancelled_at": order["cancelledAt"], "reason": reason}
    return Observed(effect.effect_key, observation, adopted=adopted)
