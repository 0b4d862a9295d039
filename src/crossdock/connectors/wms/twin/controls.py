"""The twin's own control endpoints (beside those every twin has).

`GET|PUT /_twin/behaviour`            how it works (`Behaviour`); PUT changes what it names
`POST /_twin/work` {"steps"}          does up to so many planned steps with every order, or all
`GET  /_twin/orders`                  all fulfilment orders as they stand, in a few words
`POST /_twin/orders/<id>/<step>`      accept, reject, pick {"short"}, pack, ship {"amounts",
                                      "parcels", "lots"}, close, deliver, cancel; by hand, so
                                      nothing is planned for it any more
`POST /_twin/stock` {"sku", "unit", "counted" or "change", "state", "reason"}
`POST /_twin/resend` {"event_ids"}    sends webhooks again; without ids all of them
`PUT  /_twin/down` {"seconds"}        unavailable for so long: 503, no webhooks, no work
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crossdock.connectors.wms.contract.events import StockAdjusted, StockCounted
from crossdock.connectors.wms.twin.behaviour import Amounts, Behaviour, Step
from crossdock.connectors.wms.twin.warehouse_state import Job
from crossdock.testing.twin import ControlHandler, Json

if TYPE_CHECKING:
    from crossdock.connectors.wms.twin.wms_twin import WmsTwin

STEPS_MAX = 100


class Controls:
    """Answers control requests; called under the twin's lock."""

    def __init__(self, twin: "WmsTwin") -> None:
        self._twin = twin
        self.handlers: Mapping[str, ControlHandler] = {
            "behaviour": self._behaviour,
            "work": self._work,
            "orders": self._orders,
            "stock": self._stock,
            "resend": self._resend,
            "down": self._down,
        }

    def state(self) -> Json:
        warehouse = self._twin.warehouse
        orders = [order_truth(job) for job in warehouse.jobs.values()]
        return {"orders": orders, "events": len(warehouse.events)}

    def _behaviour(self, method: str, _rest: str, given: Json) -> Json:
        if method == "PUT":
            self._twin.use(Behaviour.from_json({**self._twin.behaviour.to_json(), **given}))
        return self._twin.behaviour.to_json()

    def _work(self, method: str, _rest: str, given: Json) -> Json | None:
        if method != "POST":
            return None
        return {"done": self._twin.work(int(given.get("steps", STEPS_MAX)))}

    def _orders(self, method: str, rest: str, given: Json) -> Json | None:
        if method == "GET" and not rest:
            return self.state()
        if method != "POST":
            return None
        fulfilment_id, _, name = rest.rpartition("/")
        job = self._twin.warehouse.jobs[fulfilment_id]
        step = Step(
            name, short=_amounts(given.get("short")), amounts=_amounts(given.get("amounts")),
            parcels=int(given.get("parcels", 1)), lots=bool(given.get("lots")),
        )  # fmt: skip
        self._twin.floor.do(job, step)
        job.plan = []
        return order_truth(job)

    def _stock(self, method: str, _rest: str, given: Json) -> Json | None:
        if method != "POST":
            return None
        fields = {"sku": given["sku"], "occurred_at": self._twin.clock.now()}
        fields |= {name: given[name] for name in ("state",) if name in given}
        amount = Decimal(str(given["counted"] if "counted" in given else given["change"]))
        quantity = {"amount": amount, "unit": given.get("unit", "Units")}
        tell = self._twin.warehouse.tell
        if "counted" in given:
            told = tell(StockCounted, {**fields, "type": "stock.counted", "quantity": quantity})
        else:
            reason = given.get("reason", "")
            fields |= {"type": "stock.adjusted", "change": quantity, "reason": reason}
            told = tell(StockAdjusted, fields)
        return {"event_id": told.event_id}

    def _resend(self, method: str, _rest: str, given: Json) -> Json | None:
        if method != "POST":
            return None
        wanted = given.get("event_ids")
        chosen = [
            e for e in self._twin.warehouse.events if wanted is None or e.event_id in wanted
        ]  # fmt: skip
        for event in chosen:
            self._twin.webhooks.event(event)
        return {"resent": len(chosen)}

    def _down(self, method: str, _rest: str, given: Json) -> Json | None:
        if method != "PUT":
            return None
        self._twin.down_until = self._twin.clock.now() + timedelta(seconds=given["seconds"])
        return {"down_until": self._twin.down_until.isoformat()}


def _amounts(given: Mapping[str, Any] | None) -> Amounts | None:
    return None if given is None else {name: Decimal(str(a)) for name, a in given.items()}


def order_truth(job: Job) -> Json:
    """A fulfilment order in a few independent words."""
    lines = job.lines
    return {
        "fulfilment_id": job.fulfilment_id,
        "order_key": job.order_key,
        "name": job.order.order_name if job.order else "",
        "status": job.status,
        "cancellation": job.cancellation.result if job.cancellation else None,
        "lines": [
            {
                "line_id": name,
                "sku": line.sku,
                "ordered": f"{line.quantity.amount:f}",
                "shipped": f"{job.shipped().get(name, Decimal(0)):f}",
            }
            for name, line in lines.items()
        ],
        "shipments": [s.shipment_id for s in job.shipments],
        "delivered": [s.shipment_id for s in job.shipments if s.delivered],
        "steps_left": [step.name for step in job.plan],
    }
