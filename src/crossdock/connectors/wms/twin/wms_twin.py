"""The twin: one warehouse system behind HTTP."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.wms.client import EVENTS, HEALTH, ORDERS
from crossdock.connectors.wms.contract.service import Problem
from crossdock.connectors.wms.contract.values import API_VERSION
from crossdock.connectors.wms.replies import UNAVAILABLE
from crossdock.connectors.wms.twin.behaviour import Behaviour
from crossdock.connectors.wms.twin.controls import Controls
from crossdock.connectors.wms.twin.crew import Crew
from crossdock.connectors.wms.twin.endpoint import Endpoint, Refused, model_reply, route
from crossdock.connectors.wms.twin.floor import Floor
from crossdock.connectors.wms.twin.warehouse_state import WarehouseState
from crossdock.connectors.wms.twin.webhooks import WarehouseWebhooks
from crossdock.engine.clock import Clock
from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.twin import ControlHandler, Twin
from crossdock.testing.wire import TwinReply, TwinRequest

TOKEN = "wms-twin-token"
SECRET = "whsec_dHdpbi13YXJlaG91c2Utc2VjcmV0"


class WmsTwin(Twin):
    """A warehouse: `warehouse` holds its records, `floor` works, `crew` does so by itself,
    `webhooks` sends events.

    Effects in its log: `fulfilment_order` created, picked, rejected, cancelled; `shipment` created
    (key `<fulfilment id>/<shipment id>`); `webhook_subscription` created, changed.
    """

    title = "wms"
    webhooks: WarehouseWebhooks

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int = 1,
        token: str = TOKEN,
        secrets: Sequence[str] = (SECRET,),
        webhook_url: str = "",
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.token = token
        self.version = API_VERSION
        self.webhook_url = webhook_url
        self.down_until: datetime | None = None
        self.warehouse = WarehouseState()
        self.floor = Floor(self.warehouse, self.log.effect, self.clock.now)
        self.webhooks = WarehouseWebhooks(
            self.warehouse, secrets, self.lock, self.clock.now, lambda: self.down
        )
        self.warehouse.on_event = self.webhooks.event
        self.crew = Crew(self.floor, self.lock, lambda: self.down)
        self.crew.behaviour = behaviour or Behaviour(seed=seed)
        self._endpoint = Endpoint(self)
        self._controls = Controls(self)
        self._arm()

    @property
    def behaviour(self) -> Behaviour:
        return self.crew.behaviour

    @property
    def down(self) -> bool:
        """Whether it is unavailable now."""
        return self.down_until is not None and self.clock.now() < self.down_until

    def use(self, behaviour: Behaviour) -> None:
        """Work like this from now on; what was planned for orders that are there stays."""
        self.crew.behaviour = behaviour
        self.crew.clear()
        for job in self.warehouse.jobs.values():
            self.crew.take(job)

    def work(self, steps: int) -> int:
        """Up to so many planned steps with every order; returns how many were done."""
        with self.lock:
            jobs = list(self.warehouse.jobs.values())
            return sum(self.floor.do_next(job) for _ in range(steps) for job in jobs)

    def handle(self, request: TwinRequest) -> TwinReply:
        """One request of the Warehouse API; what it refuses is a problem."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return problem(401, "unauthorised", "the bearer token is missing or unknown")
        if self.down:
            return problem(503, UNAVAILABLE, "maintenance")
        wanted = route(request.method, request.path)
        if wanted is None:
            return problem(404, "no_such_path", f"no {request.method} {request.path[:100]}")
        try:
            return self._endpoint.answer(wanted, request)
        except Refused as refused:
            return model_reply(refused.problem, refused.status)

    def operation(self, request: TwinRequest) -> str:
        """As the OpenAPI document names it."""
        wanted = route(request.method, request.path)
        return wanted.operation if wanted else "unknown"

    def canaries(self) -> Sequence[TwinRequest]:
        """A wrong token, unknown paths and fields, orders that lack what is required."""
        line = b'{"line_id":"1","sku":"A","quantity":{"amount":"1","unit":"EA"}}'
        order = b'{"fulfilment_id":"X","order_key":"k","ship_to":{},"lines":[%s]%s}'
        return (
            self._canary("GET", HEALTH, token="wrong"),
            self._canary("GET", "/v2/health"),
            self._canary("PUT", f"{ORDERS}/X", order % (b"", b"")),
            self._canary("PUT", f"{ORDERS}/X", order % (line, b',"colour":"red"')),
            self._canary("PUT", f"{ORDERS}/Y", order % (line, b"")),
            self._canary("PUT", f"{ORDERS}/X", order % (line.replace(b'"1"', b'"one"'), b"")),
            self._canary("PUT", ORDERS, b'{"fulfilment_orders":[]}'),
            self._canary("POST", f"{ORDERS}/X/cancellation", b"{}"),
            self._canary("GET", f"{ORDERS}/X"),
            self._canary("GET", ORDERS, query={"since": "yesterday"}),
            self._canary("GET", EVENTS, query={"after": "nonsense"}),
            self._canary("GET", EVENTS, query={"limit": "0"}),
        )

    def _canary(
        self, method: str, path: str, body: bytes = b"", token: str = "",
        query: dict[str, str] | None = None,
    ) -> TwinRequest:  # fmt: skip
        headers = {"authorization": f"Bearer {token or self.token}"}
        return TwinRequest(method, path, query or {}, headers, body)

    def orders_in(self, request: TwinRequest) -> int:
        """How many fulfilment orders a PUT carries."""
        return request.body.count(b'"fulfilment_id"') if request.method == "PUT" else 0

    def fault_reply(self, fault: Fault, request: TwinRequest) -> TwinReply:
        """A 503 of the system itself says that nothing was done; other errors say nothing."""
        if fault.kind is FaultKind.SERVER_ERROR and fault.status in (0, 503):
            return problem(503, UNAVAILABLE, "overloaded")
        if fault.kind is FaultKind.RATE_LIMITED:
            headers = {"retry-after": f"{max(1, round(fault.seconds))}"}
            return problem(429, "rate_limited", "too many requests", headers)
        return super().fault_reply(fault, request)

    def reset(self) -> None:
        """Nothing received; webhooks armed at `webhook_url`, when there is one."""
        self.crew.clear()
        self.warehouse.clear()
        self.down_until = None
        self._arm()

    def _arm(self) -> None:
        if self.webhook_url:
            self.warehouse.subscribe(self.webhook_url)

    def started(self) -> None:
        super().started()
        self.crew.start()

    def stopped(self) -> None:
        self.crew.stop()
        super().stopped()

    def state(self) -> Any:
        """Fulfilment orders as they stand: the truth a rehearsal compares with."""
        return self._controls.state()

    def controls(self) -> Mapping[str, ControlHandler]:
        return self._controls.handlers


def problem(
    status: int, code: str, reason: str, headers: dict[str, str] | None = None
) -> TwinReply:
    """A reply that says why not."""
    reply = model_reply(Problem(code=code, reason=reason), status)
    return TwinReply(status, reply.body, {**reply.headers, **(headers or {})})
