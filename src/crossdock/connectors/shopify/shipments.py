"""Telling Shopify what was shipped: fulfilments with their tracking numbers.

Grade C. `fulfillmentCreate` takes no idempotency key, and tracking numbers are no identity: a
carrier may give one to several shipments, and people add to them. What is whose stands in a record
on the order, kept before and after each fulfilment is made; why: docs/decisions/0027. It is looked
at before anything is made and after an unknown outcome. Where it cannot tell, a person decides.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.fulfilment_plan import (
    LocationPlan,
    plan_shipment,
    wanted_pieces,
)
from crossdock.connectors.shopify.fulfilment_state import (
    Fulfilment,
    FulfilmentState,
    Pieces,
    read_fulfilment,
)
from crossdock.connectors.shopify.queries import CREATE_FULFILMENT
from crossdock.connectors.shopify.replies import first_user_error, reading
from crossdock.connectors.shopify.shipment_record import ShipmentRecord
from crossdock.connectors.shopify.shipment_search import (
    DIFFERENCES,
    find_ours,
    numbers_of,
    sum_of,
)
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

SETTLE = timedelta(minutes=1)
"""How long a fulfilment may still come to be after we lost sight of its request."""
Request = dict[str, Any]
REFUSED_REMEDY = "look at the order in Shopify; what is fulfilled already must not be sent again"


def send_shipment(client: ShopifyClient, effect: EffectToSend) -> Outcome:
    """Fulfil exactly the shipped pieces: one fulfilment for each location they are taken from."""
    request: Request = json.loads(effect.request)
    try:
        state, record, done = _look(client, request)
        left = wanted_pieces(request["lines"]) - sum_of(done)
        if left:
            names = {line["line_id"]: line["sku"] for line in request["lines"]}
            plans = plan_shipment(state, left, names)
            done += _create_all(client, state, record, plans, request)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    return Observed(effect.effect_key, _observation(done), adopted=not left)


def probe_shipment(client: ShopifyClient, effect: EffectToSend) -> ProbeResult:
    """Look for the shipment's own fulfilments, and compare. A part is gone on with by sending."""
    request: Request = json.loads(effect.request)
    try:
        _, _, done = _look(client, request)
    except Rejected as error:
        if error.code in DIFFERENCES:
            return Conflicting(effect.effect_key, f"{error.reason}; {error.remedy}")
        return Failed(effect.effect_key, error)
    if wanted_pieces(request["lines"]) - sum_of(done):
        return Absent(effect.effect_key)
    return Observed(effect.effect_key, _observation(done), adopted=True)


def _look(
    client: ShopifyClient, request: Request
) -> tuple[FulfilmentState, ShipmentRecord, list[Fulfilment]]:
    """What stands for the shipment; from now on the record names it, so no other can take it."""
    state = read_fulfilment(client.run, request["order_id"])
    record = ShipmentRecord(client.run, state)
    done = find_ours(state, record.told, request)
    record.add(request["shipment_id"], [f.fulfilment_id for f in done])
    return state, record, done


def _create_all(
    client: ShopifyClient,
    state: FulfilmentState,
    record: ShipmentRecord,
    plans: Sequence[LocationPlan],
    request: Request,
) -> list[Fulfilment]:
    """One fulfilment after the other. Raises Ambiguous when it stops between two of them."""
    made: list[Fulfilment] = []
    for plan in plans:
        standing = [f.fulfilment_id for f in (*state.fulfilments, *made)]
        try:
            record.begin(request["shipment_id"], standing, _pieces(plan))
            made.append(_create(client, plan, request))
            record.add(request["shipment_id"], [made[-1].fulfilment_id])
        except ConnectorError as error:
            if not made:
                raise
            names = ", ".join(fulfilment.name for fulfilment in made)
            reason = f"{names} was made, then {plan.location} failed: {error.reason}"
            raise Ambiguous(reason, remedy=error.remedy, code=error.code) from error
    return made


def _create(client: ShopifyClient, plan: LocationPlan, request: Request) -> Fulfilment:
    fulfilment: dict[str, Any] = {
        "lineItemsByFulfillmentOrder": plan.by_fulfilment_order(),
        "notifyCustomer": request["notify"],
    }
    if request["tracking"]:
        fulfilment["trackingInfo"] = request["tracking"]
    data = client.run(CREATE_FULFILMENT, {"fulfillment": fulfilment})
    with reading(CREATE_FULFILMENT):
        payload = data["fulfillmentCreate"]
        refused = first_user_error(payload["userErrors"], f"{plan.location}: ", REFUSED_REMEDY)
        if refused:
            raise refused
        made = payload["fulfillment"]
        number, name, status = made["id"], made["name"], made["status"]
        return Fulfilment(number, name, status, numbers_of(request), _pieces(plan))


def _pieces(plan: LocationPlan) -> Pieces:
    pieces: Pieces = Counter()
    for take in plan.takes:
        pieces[take.line_id] += take.quantity
    return pieces


def _observation(done: Sequence[Fulfilment]) -> dict[str, Any]:
    """Of the first fulfilment, and of each when locations made it several."""
    each = [{"id": f.fulfilment_id, "name": f.name, "status": f.status.lower()} for f in done]
    return {**each[0], "fulfilments": each}
