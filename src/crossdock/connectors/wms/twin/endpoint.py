"""The Warehouse API as the twin serves it. Stricter than real ones: unknown fields are refused."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from crossdock.connectors.wms.client import EVENTS, HEALTH, ORDERS, SUBSCRIPTIONS
from crossdock.connectors.wms.contract import fulfilment_orders as api
from crossdock.connectors.wms.contract.service import (
    Health,
    Problem,
    WebhookSubscription,
    WebhookSubscriptionList,
    WebhookSubscriptionWanted,
)
from crossdock.connectors.wms.contract.values import ApiModel, surplus_fields
from crossdock.connectors.wms.twin.behaviour import plan, refuses
from crossdock.connectors.wms.twin.warehouse_state import Job, Subscription
from crossdock.testing.wire import TwinReply, TwinRequest

if TYPE_CHECKING:
    from crossdock.connectors.wms.twin.wms_twin import WmsTwin

LIMIT_MAX = 500
CANCELLATION = "/cancellation"
M = TypeVar("M", bound=BaseModel)


class Refused(Exception):
    """The request is answered with a problem."""

    def __init__(self, status: int, code: str, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.problem = Problem(code=code, reason=reason, field=field)


@dataclass(frozen=True, slots=True)
class Route:
    """What a request asks for, and about which fulfilment order."""

    operation: str
    fulfilment_id: str = ""


def route(method: str, path: str) -> Route | None:
    """The operation of a request; None when the API has none there."""
    plain = {
        ("PUT", ORDERS): "put_fulfilment_orders",
        ("GET", ORDERS): "list_fulfilment_orders",
        ("GET", EVENTS): "list_events",
        ("GET", HEALTH): "health",
        ("GET", SUBSCRIPTIONS): "list_webhook_subscriptions",
        ("POST", SUBSCRIPTIONS): "create_webhook_subscription",
    }
    if (method, path) in plain:
        return Route(plain[method, path])
    if not path.startswith(f"{ORDERS}/"):
        return None
    fulfilment_id = path.removeprefix(f"{ORDERS}/")
    if method == "POST" and fulfilment_id.endswith(CANCELLATION):
        return Route("cancel_fulfilment_order", fulfilment_id.removesuffix(CANCELLATION))
    names = {"PUT": "put_fulfilment_order", "GET": "get_fulfilment_order"}
    return Route(names[method], fulfilment_id) if method in names else None


class Endpoint:
    """Answers requests; called under the twin's lock."""

    def __init__(self, twin: "WmsTwin") -> None:
        self._twin = twin

    def answer(self, wanted: Route, request: TwinRequest) -> TwinReply:
        """Raises Refused."""
        handlers: dict[str, Callable[[Route, TwinRequest], TwinReply]] = {
            "put_fulfilment_order": self._put,
            "put_fulfilment_orders": self._put_batch,
            "get_fulfilment_order": self._get,
            "cancel_fulfilment_order": self._cancel,
            "list_fulfilment_orders": self._list,
            "list_events": self._events,
            "health": self._health,
            "list_webhook_subscriptions": self._subscriptions,
            "create_webhook_subscription": self._subscribe,
        }
        return handlers[wanted.operation](wanted, request)

    def _put(self, wanted: Route, request: TwinRequest) -> TwinReply:
        order = _body(api.FulfilmentOrder, request)
        if order.fulfilment_id != wanted.fulfilment_id:
            raise Refused(400, "bad_request", "path and body differ", "fulfilment_id")
        status, job = self._receive(order)
        return model_reply(job.state(), status)

    def _put_batch(self, _wanted: Route, request: TwinRequest) -> TwinReply:
        batch = _body(api.FulfilmentOrderBatch, request)
        results = tuple(map(self._item, batch.fulfilment_orders))
        return model_reply(api.FulfilmentOrderBatchResult(results=results))

    def _item(self, order: api.FulfilmentOrder) -> api.FulfilmentOrderResult:
        try:
            status, job = self._receive(order)
        except Refused as refused:
            return api.FulfilmentOrderResult(
                fulfilment_id=order.fulfilment_id, status=refused.status, problem=refused.problem
            )
        return api.FulfilmentOrderResult(
            fulfilment_id=order.fulfilment_id, status=status, state=job.state()
        )

    def _receive(self, order: api.FulfilmentOrder) -> tuple[int, Job]:
        """201 for a new one, 200 for the same again. Raises Refused."""
        twin = self._twin
        known = twin.warehouse.jobs.get(order.fulfilment_id)
        if known is not None and known.order is None:
            raise Refused(409, "cancelled", f"{order.fulfilment_id} was cancelled before it came")
        if known is not None and known.order != order:
            raise Refused(409, "conflict", f"{order.fulfilment_id} is there with other content")
        if known is not None:
            return 200, known
        self._refuse_unserved(order)
        job = Job(order.fulfilment_id, order.order_key, twin.clock.now(), order)
        job.plan = plan(twin.behaviour, order)
        twin.warehouse.jobs[order.fulfilment_id] = job
        data = {line.line_id: f"{line.quantity.amount:f} {line.sku}" for line in order.lines}
        twin.log.effect("created", "fulfilment_order", order.fulfilment_id, data)
        twin.crew.take(job)
        return 201, job

    def _refuse_unserved(self, order: api.FulfilmentOrder) -> None:
        behaviour = self._twin.behaviour
        for index, line in enumerate(order.lines):
            if line.sku in behaviour.unknown_skus:
                field = f"lines[{index}].sku"
                raise Refused(422, "unknown_sku", f"{line.sku} is not known here", field)
            if line.quantity.amount <= 0:
                field = f"lines[{index}].quantity.amount"
                raise Refused(422, "bad_quantity", "nothing to pick", field)
        if refuses(behaviour, order):
            raise Refused(422, "not_served", "the warehouse does not serve this address", "ship_to")

    def _get(self, wanted: Route, _request: TwinRequest) -> TwinReply:
        job = self._twin.warehouse.jobs.get(wanted.fulfilment_id)
        if job is None:
            raise Refused(404, "not_found", f"no fulfilment order {wanted.fulfilment_id[:64]!r}")
        return model_reply(job.state())

    def _cancel(self, wanted: Route, request: TwinRequest) -> TwinReply:
        asked = _body(api.Cancellation, request)
        if asked.fulfilment_id != wanted.fulfilment_id:
            raise Refused(400, "bad_request", "path and body differ", "fulfilment_id")
        decision = self._twin.floor.decide_cancellation(asked.fulfilment_id, asked.order_key)
        return model_reply(decision)

    def _list(self, _wanted: Route, request: TwinRequest) -> TwinReply:
        since, until = (_instant(request.query, name) for name in ("since", "until"))
        limit, after = _limit(request.query), _decoded(request.query.get("after", ""))
        jobs = sorted(self._twin.warehouse.jobs.values(), key=_place)
        chosen = [
            j for j in jobs
            if (since is None or j.received_at >= since)
            and (until is None or j.received_at < until)
            and _place(j) > after
        ]  # fmt: skip
        page = chosen[:limit]
        cursor = _encoded(_place(page[-1])) if page else request.query.get("after", "")
        orders = tuple(job.state() for job in page)
        more = len(chosen) > limit
        return model_reply(
            api.FulfilmentOrderPage(fulfilment_orders=orders, cursor=cursor, more=more)
        )

    def _events(self, _wanted: Route, request: TwinRequest) -> TwinReply:
        after, limit = request.query.get("after", ""), _limit(request.query)
        if after and not (after.startswith("e") and after[1:].isdigit()):
            raise Refused(400, "bad_request", "is no cursor of this feed", "after")
        begin = int(after[1:]) if after else 0
        found = self._twin.warehouse.feed(begin, limit + 1)
        page = found[:limit]
        end = page[-1].sequence if page else begin
        body = b'{"events":[%s],"cursor":"e%d","sequence":%d,"more":%s}' % (
            b",".join(event.body for event in page), end, end,
            b"true" if len(found) > limit else b"false",
        )  # fmt: skip
        return TwinReply(200, body, {"content-type": "application/json"})

    def _health(self, _wanted: Route, _request: TwinRequest) -> TwinReply:
        twin = self._twin
        return model_reply(
            Health(version=twin.version, time=twin.clock.now(), name="Twin warehouse")
        )

    def _subscriptions(self, _wanted: Route, _request: TwinRequest) -> TwinReply:
        subscriptions = tuple(map(_shown, self._twin.warehouse.subscriptions))
        return model_reply(WebhookSubscriptionList(subscriptions=subscriptions))

    def _subscribe(self, _wanted: Route, request: TwinRequest) -> TwinReply:
        url = _body(WebhookSubscriptionWanted, request).url
        if not url.startswith(("https://", "http://127.0.0.1")):
            raise Refused(422, "bad_url", "webhooks are sent to https only", "url")
        subscription, new = self._twin.warehouse.subscribe(url)
        self._twin.log.effect("created" if new else "changed", "webhook_subscription", url)
        return model_reply(_shown(subscription), 201 if new else 200)


def model_reply(model: ApiModel, status: int = 200) -> TwinReply:
    """A reply with what is not default."""
    body = model.model_dump_json(exclude_defaults=True).encode()
    return TwinReply(status, body, {"content-type": "application/json"})


def _body(model: type[M], request: TwinRequest) -> M:
    try:
        value = json.loads(request.body)
        read = model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise Refused(400, "bad_request", first["msg"], field) from error
    except ValueError as error:
        raise Refused(400, "bad_request", "the body is not JSON", "body") from error
    surplus = surplus_fields(read, value)
    if surplus:
        raise Refused(400, "unknown_field", "this API has no such field", surplus[0])
    return read


def _shown(subscription: Subscription) -> WebhookSubscription:
    return WebhookSubscription.model_validate(
        {
            "subscription_id": subscription.subscription_id,
            "url": subscription.url,
            "status": "active" if subscription.active else "disabled",
        }
    )


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, "bad_request", "is no ISO 8601 instant", name) from error
    if instant.tzinfo is None:
        raise Refused(400, "bad_request", "has no UTC offset", name)
    return instant


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "100")
    if not text.isdigit() or not 1 <= int(text) <= LIMIT_MAX:
        raise Refused(400, "bad_request", f"is not between 1 and {LIMIT_MAX}", "limit")
    return int(text)


def _place(job: Job) -> tuple[str, str]:
    return job.received_at.isoformat(), job.fulfilment_id


def _encoded(place: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode("|".join(place).encode()).decode()


def _decoded(cursor: str) -> tuple[str, str]:
    try:
        received_at, _, fulfilment_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused(400, "bad_request", "is no cursor of this list", "after") from error
    return received_at, fulfilment_id
