"""Answering orders and cancellations: a JSON metafield per order and matter, a tag on refusals.

Grade B: a metafield is unique by owner, namespace and key, and a tag is a member of a set, so
sending again changes nothing. `metafieldsSet` is all or nothing: an item it refuses is taken out
and the others are sent again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.queries import (
    METAFIELD_NAMESPACE,
    ORDER_RESPONSE_KEY,
    READ_ORDER_RESPONSES,
    SET_ORDER_RESPONSES,
    TAG_ORDER,
    UNTAG_ORDER,
    Document,
)
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import ConnectorError, Rejected

METAFIELDS_MAX = 25
"""Most metafields one call sets (schema 2026-07, `metafieldsSet`)."""
Request = dict[str, Any]


def send_order_responses(client: ShopifyClient, batch: Sequence[EffectToSend]) -> list[Outcome]:
    """One outcome per effect, in their order."""
    outcomes: dict[str, Outcome] = {}
    for effects in _calls(batch):
        _set(client, effects, outcomes)
    for effect in batch:
        request = _request(effect)
        for document, field, tags in _tagging(request):
            if tags and isinstance(outcomes[effect.effect_key], Observed):
                outcomes[effect.effect_key] = _tag(client, effect, document, field, tags)
    return [outcomes[effect.effect_key] for effect in batch]


def _calls(batch: Sequence[EffectToSend]) -> Iterable[list[EffectToSend]]:
    """Batches of one call: at most 25, each order once (a later answer in a later call)."""
    waiting = list(batch)
    while waiting:
        by_order: dict[str, EffectToSend] = {}
        for effect in waiting:
            order_id = _request(effect)["order_id"]
            if len(by_order) < METAFIELDS_MAX:
                by_order.setdefault(order_id, effect)
        effects = list(by_order.values())
        taken = {effect.effect_key for effect in effects}
        waiting = [effect for effect in waiting if effect.effect_key not in taken]
        yield effects


def _set(client: ShopifyClient, effects: list[EffectToSend], outcomes: dict[str, Outcome]) -> None:
    """Set the metafields of one call; items that are refused fail alone."""
    try:
        data = client.run(SET_ORDER_RESPONSES, {"metafields": [_input(e) for e in effects]})
        errors = _user_errors(SET_ORDER_RESPONSES, data, "metafieldsSet")
    except ConnectorError as error:
        outcomes.update((e.effect_key, Failed(e.effect_key, error)) for e in effects)
        return
    if not errors:
        outcomes.update((e.effect_key, _observed(e)) for e in effects)
        return
    refused = {index: error for error in errors if (index := _index(error, len(effects))) >= 0}
    if refused or len(effects) == 1:
        _refuse(effects, refused or {0: errors[0]}, outcomes)
        left = [e for e in effects if e.effect_key not in outcomes]
        if left:
            _set(client, left, outcomes)
        return
    middle = len(effects) // 2
    _set(client, effects[:middle], outcomes)
    _set(client, effects[middle:], outcomes)


def _user_errors(document: Document, data: Request, mutation: str) -> list[Request]:
    with reading(document):
        errors = data[mutation]["userErrors"]
        return [dict(error) for error in errors]


def _index(error: Request, count: int) -> int:
    """Which of `count` items an error is about: `elementIndex` or `field`; -1: not known."""
    named = [error.get("elementIndex"), *(error.get("field") or ())]
    numbers = (int(part) for part in named if isinstance(part, int | str) and str(part).isdigit())
    return next((number for number in numbers if number < count), -1)


def _refuse(
    effects: Sequence[EffectToSend], refused: Mapping[int, Request], outcomes: dict[str, Outcome]
) -> None:
    for index, error in refused.items():
        key = effects[index].effect_key
        outcomes[key] = Failed(key, _rejected(error))


def _rejected(error: Mapping[str, Any]) -> Rejected:
    return Rejected(
        str(error.get("message", "refused")),
        field=".".join(str(part) for part in error.get("field") or ()),
        code=str(error.get("code") or ""),
        remedy="look the order up in Shopify; it may be deleted or archived",
    )


def _tagging(request: Request) -> Sequence[tuple[Document, str, list[str]]]:
    return (TAG_ORDER, "tagsAdd", request["tags"]), (UNTAG_ORDER, "tagsRemove", _untags(request))


def _untags(request: Request) -> list[str]:
    """Tags of an answer that does not hold any more."""
    return list(request.get("untags", ()))


def _tag(
    client: ShopifyClient, effect: EffectToSend, document: Document, field: str, tags: list[str]
) -> Outcome:
    variables = {"id": _request(effect)["order_id"], "tags": tags}
    try:
        errors = _user_errors(document, client.run(document, variables), field)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    return Failed(effect.effect_key, _rejected(errors[0])) if errors else _observed(effect)


def probe_order_responses(
    client: ShopifyClient, batch: Sequence[EffectToSend]
) -> list[ProbeResult]:
    """Read metafields and tags back and compare them with the intents."""
    results: list[ProbeResult] = []
    for start in range(0, len(batch), METAFIELDS_MAX):
        effects = batch[start : start + METAFIELDS_MAX]
        ids = [_request(effect)["order_id"] for effect in effects]
        data = client.run(READ_ORDER_RESPONSES, {"ids": ids})
        with reading(READ_ORDER_RESPONSES):
            pairs = zip(effects, data["nodes"], strict=True)
            results += [_compare(effect, node) for effect, node in pairs]
    return results


def _compare(effect: EffectToSend, node: Mapping[str, Any] | None) -> ProbeResult:
    request = _request(effect)
    if not node:
        gone = Rejected(f"{request['order_id']} does not exist", remedy="it was deleted in Shopify")
        return Failed(effect.effect_key, gone)
    theirs = (node.get(_key(request)) or {}).get("value")
    if theirs is None:
        return Absent(effect.effect_key)
    if _meaning(theirs) != _meaning(request["value"]):
        if _answered_at(theirs) < _answered_at(request["value"]):
            return Absent(effect.effect_key)
        difference = f"metafield: theirs {theirs[:300]}, ours {request['value'][:300]}"
        return Conflicting(effect.effect_key, difference)
    tags = set(node.get("tags") or ())
    if not set(request["tags"]) <= tags or tags & set(_untags(request)):
        return Absent(effect.effect_key)
    return Observed(effect.effect_key, _observation(request), adopted=True)


def _meaning(value: str) -> object:
    """What an answer says: Shopify may write its JSON anew, and after a restore we give the same
    answer at another instant.
    """
    parsed = _parsed(value)
    if isinstance(parsed, dict):
        return {name: said for name, said in parsed.items() if name != "answered_at"}
    return parsed


def _answered_at(value: str) -> datetime:
    """When we answered that: a later answer takes its place. What we never said is newest."""
    parsed = _parsed(value)
    try:
        return datetime.fromisoformat(parsed["answered_at"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.max.replace(tzinfo=UTC)


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _request(effect: EffectToSend) -> Request:
    request: Request = json.loads(effect.request)
    return request


def _key(request: Request) -> str:
    """The metafield's key; requests made before cancellations were answered name none."""
    return str(request.get("key", ORDER_RESPONSE_KEY))


def _input(effect: EffectToSend) -> dict[str, str]:
    request = _request(effect)
    return {
        "ownerId": request["order_id"],
        "namespace": METAFIELD_NAMESPACE,
        "key": _key(request),
        "type": "json",
        "value": request["value"],
    }


def _observed(effect: EffectToSend) -> Observed:
    return Observed(effect.effect_key, _observation(_request(effect)))


def _observation(request: Request) -> dict[str, Any]:
    return {"order_id": request["order_id"], "tags": request["tags"]}
