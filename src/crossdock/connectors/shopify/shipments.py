"""Telling Shopify what was shipped: fulfilments with their tracking numbers.

Grade C. `fulfillmentCreate` takes no idempotency key, and nothing that a fulfilment keeps can carry
a mark of ours without the customer reading it. What identifies ours are its tracking numbers
together with its lines, so they are looked for before creating and after an unknown outcome.
Without a tracking number equal lines prove nothing: if they are found then, a person decides.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
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
OTHER_LINES = "other_lines"
REFUSED_REMEDY = "look at the order in Shopify; what is fulfilled already must not be sent again"


def send_shipment(client: ShopifyClient, effect: EffectToSend) -> Outcome:
    """Fulfil exactly the shipped pieces: one fulfilment for each location they are taken from."""
    request: Request = json.loads(effect.request)
    try:
        state = read_fulfilment(client.run, request["order_id"])
        done = _ours(state, request, resumed=effect.attempt > 1)
        left = wanted_pieces(request["lines"]) - _sum(done)
        names = {line["line_id"]: line["sku"] for line in request["lines"]}
        done += _create_all(client, plan_shipment(state, left, names) if left else [], request)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    return Observed(effect.effect_key, _observation(done), adopted=not left)


def probe_shipment(client: ShopifyClient, effect: EffectToSend) -> ProbeResult:
    """Look for our fulfilments by tracking numbers and lines, and compare."""
    request: Request = json.loads(effect.request)
    wanted = wanted_pieces(request["lines"])
    try:
        state = read_fulfilment(client.run, request["order_id"])
        if not _numbers(request):
            return _untracked(effect, state, wanted)
        done = _ours(state, request, resumed=True)
    except Rejected as error:
        if error.code == OTHER_LINES:
            return Conflicting(effect.effect_key, error.reason)
        return Failed(effect.effect_key, error)
    if wanted - _sum(done):
        return Absent(effect.effect_key)
    return Observed(effect.effect_key, _observation(done), adopted=True)


def _ours(state: FulfilmentState, request: Request, *, resumed: bool) -> list[Fulfilment]:
    """Fulfilments with our tracking numbers that hold our pieces, or when resumed a part of them.

    Raises Rejected when one under our numbers holds other pieces of the same lines.
    """
    numbers, wanted = _numbers(request), wanted_pieces(request["lines"])
    if not numbers:
        return []
    found = [
        fulfilment
        for fulfilment in state.fulfilments
        if fulfilment.numbers == numbers and fulfilment.pieces.keys() & wanted.keys()
    ]
    pieces = _sum(found)
    if pieces == wanted or not pieces or (resumed and pieces <= wanted):
        return found
    names = ", ".join(f"{fulfilment.name} with {_words(fulfilment.pieces)}" for fulfilment in found)
    raise Rejected(
        f"under {', '.join(sorted(numbers))} {state.name} has {names}; ours is {_words(wanted)}",
        remedy="somebody entered this shipment differently: mend it in Shopify",
        code=OTHER_LINES,
    )


def _untracked(effect: EffectToSend, state: FulfilmentState, wanted: Pieces) -> ProbeResult:
    """Without tracking numbers only the lack of anything alike is certain."""
    alike = [f for f in state.fulfilments if f.pieces and f.pieces <= wanted]
    if not alike:
        return Absent(effect.effect_key)
    names = ", ".join(f"{f.name} with {_words(f.pieces)}" for f in alike)
    difference = (
        f"{state.name} has {names}; ours is {_words(wanted)} without a tracking number, so nobody"
        " can tell whether that is it"
    )
    return Conflicting(effect.effect_key, difference)


def _create_all(
    client: ShopifyClient, plans: Sequence[LocationPlan], request: Request
) -> list[Fulfilment]:
    """One fulfilment after the other. Raises Ambiguous when it stops between two of them."""
    made: list[Fulfilment] = []
    for plan in plans:
        try:
            made.append(_create(client, plan, request))
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
        pieces: Pieces = Counter()
        for take in plan.takes:
            pieces[take.line_id] += take.quantity
        return Fulfilment(made["id"], made["name"], made["status"], _numbers(request), pieces)


def _numbers(request: Request) -> frozenset[str]:
    return frozenset(request["tracking"].get("numbers", ()))


def _sum(fulfilments: Iterable[Fulfilment]) -> Pieces:
    pieces: Pieces = Counter()
    for fulfilment in fulfilments:
        pieces += fulfilment.pieces
    return pieces


def _words(pieces: Pieces) -> str:
    named = sorted(pieces.items())
    return ", ".join(f"{count} of line {line.rpartition('/')[2]}" for line, count in named)


def _observation(done: Sequence[Fulfilment]) -> dict[str, Any]:
    """Of the first fulfilment, and of each when locations made it several."""
    each = [{"id": f.fulfilment_id, "name": f.name, "status": f.status.lower()} for f in done]
    return {**each[0], "fulfilments": each}
