"""What happens on the floor. Called under the twin's lock: every step is atomic, a decision about
a cancellation as well.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crossdock.connectors.wms.contract.events import FulfilmentEvent
from crossdock.connectors.wms.contract.fulfilment_orders import CancellationDecision
from crossdock.connectors.wms.twin.behaviour import Amounts, Step, divide
from crossdock.connectors.wms.twin.warehouse_state import Job, ShipmentRecord, WarehouseState

CARRIER = "Twin Parcel"
NOT_BEGUN = ("received", "accepted", "rejected", "cancelled")
Effect = Callable[[str, str, str, Mapping[str, Any]], None]


class NoSuchStep(ValueError):
    """The order is not where that step could be done."""


class Floor:
    """Does steps with jobs and tells the events."""

    def __init__(self, state: WarehouseState, effect: Effect, now: Callable[[], datetime]) -> None:
        self._state = state
        self._effect = effect
        self._now = now

    def do(self, job: Job, step: Step) -> None:
        """One step. Raises NoSuchStep."""
        steps: dict[str, Callable[[Job, Step], None]] = {
            "accept": self._accept,
            "reject": self._reject,
            "pick": self._pick,
            "pack": self._pack,
            "ship": self._ship,
            "close": self._close,
            "deliver": self._deliver,
            "cancel": self._cancel,
        }
        if step.name not in steps:
            raise NoSuchStep(f"no step {step.name!r}; there are {', '.join(steps)}")
        steps[step.name](job, step)

    def do_next(self, job: Job) -> bool:
        """The next step of its plan; False when nothing is left."""
        if not job.plan:
            return False
        self.do(job, job.plan.pop(0))
        return True

    def decide_cancellation(self, fulfilment_id: str, order_key: str) -> CancellationDecision:
        """Once and for all: cancelled when nothing was picked, refused when it will be shipped."""
        job = self._state.jobs.get(fulfilment_id)
        if job is None:
            job = Job(fulfilment_id, order_key, self._now(), None)
            self._state.jobs[fulfilment_id] = job
        if job.cancellation is None:
            nothing = job.status in NOT_BEGUN or (job.status == "closed" and not job.shipments)
            result = "cancelled" if nothing else "refused"
            reason = "" if nothing else f"it is {job.status} already"
            job.cancellation = CancellationDecision.model_validate(
                {"result": result, "reason": reason, "decided_at": self._now()}
            )
            if job.status in ("received", "accepted"):
                self._end_cancelled(job, "at your request")
        return job.cancellation

    def _accept(self, job: Job, _step: Step) -> None:
        _need(job, "received")
        job.status = "accepted"
        self._tell(job, "accepted")

    def _reject(self, job: Job, _step: Step) -> None:
        _need(job, "received", "accepted")
        job.status, job.plan = "rejected", []
        job.reason = "the warehouse cannot do it"
        self._effect("rejected", "fulfilment_order", job.fulfilment_id, {})
        self._tell(job, "rejected", reason=job.reason)

    def _pick(self, job: Job, step: Step) -> None:
        _need(job, "accepted", "received")
        short = step.short or {}
        wanted = {n: line.quantity.amount for n, line in job.lines.items()}
        job.picked = _without(wanted, short)
        job.status = "picked"
        self._effect("picked", "fulfilment_order", job.fulfilment_id, _texts(job.picked))
        if job.picked:
            self._tell(job, "picked", lines=_lines(job, job.picked))
        if short:
            self._tell(job, "short_picked", lines=_lines(job, short, reason="not found"))

    def _pack(self, job: Job, _step: Step) -> None:
        _need(job, "picked")
        job.status = "packed"
        self._tell(job, "packed", lines=_lines(job, job.picked))

    def _ship(self, job: Job, step: Step) -> None:
        _need(job, "picked", "packed", "shipped")
        left = _without(job.picked, job.shipped())
        amounts = step.amounts or left
        if not amounts or any(a > left.get(n, 0) for n, a in amounts.items()):
            raise NoSuchStep(f"{job.fulfilment_id}: {amounts} was not picked or has left")
        shipment = ShipmentRecord(f"S{len(job.shipments) + 1}", dict(amounts))
        job.shipments.append(shipment)
        job.status = "shipped"
        key = f"{job.fulfilment_id}/{shipment.shipment_id}"
        self._effect("created", "shipment", key, _texts(amounts))
        parts = divide(amounts) if step.parcels > 1 else [amounts]
        parcels = {f"P{len(job.shipments)}-{n}": part for n, part in enumerate(parts, 1)}
        self._tell(
            job, "shipped", shipment_id=shipment.shipment_id,
            lines=[
                line for parcel, part in parcels.items()
                for line in _lines(job, part, parcel_id=parcel, lots=step.lots)
            ],
            parcels=[_parcel(job, parcel) for parcel in parcels],
        )  # fmt: skip

    def _close(self, job: Job, _step: Step) -> None:
        _need(job, "picked", "packed", "shipped")
        wanted = {n: line.quantity.amount for n, line in job.lines.items()}
        job.status = "closed"
        self._tell(job, "closed", lines=_lines(job, _without(wanted, job.shipped())))

    def _deliver(self, job: Job, _step: Step) -> None:
        shipment = next((s for s in job.shipments if not s.delivered), None)
        if shipment is None:
            raise NoSuchStep(f"{job.fulfilment_id} has no shipment under way")
        shipment.delivered = True
        self._tell(job, "delivered", shipment_id=shipment.shipment_id)

    def _cancel(self, job: Job, _step: Step) -> None:
        _need(job, "received", "accepted")
        self._end_cancelled(job, "by the warehouse")

    def _end_cancelled(self, job: Job, reason: str) -> None:
        job.status, job.plan = "cancelled", []
        self._effect("cancelled", "fulfilment_order", job.fulfilment_id, {})
        self._tell(job, "cancelled", reason=reason)

    def _tell(self, job: Job, kind: str, **more: Any) -> None:
        fields = {
            "type": kind, "fulfilment_id": job.fulfilment_id, "order_key": job.order_key,
            "occurred_at": self._now(),
        }  # fmt: skip
        self._state.tell(FulfilmentEvent, {**fields, **more})


def _need(job: Job, *statuses: str) -> None:
    if job.status not in statuses:
        raise NoSuchStep(f"{job.fulfilment_id} is {job.status}, not {' or '.join(statuses)}")


def _without(amounts: Amounts, less: Amounts) -> Amounts:
    left = {n: a - less.get(n, Decimal(0)) for n, a in amounts.items()}
    return {n: a for n, a in left.items() if a > 0}


def _lines(
    job: Job, amounts: Amounts, *, lots: bool = False, **more: str
) -> Iterable[dict[str, Any]]:
    lines = job.lines
    for name, amount in amounts.items():
        line = lines[name]
        yield {
            "line_id": name,
            "sku": line.sku,
            "quantity": {"amount": amount, "unit": line.quantity.unit},
            "lots": list(_lots(line.sku, amount)) if lots else [],
            **more,
        }


def _lots(sku: str, amount: Decimal) -> Iterable[dict[str, Any]]:
    for letter, part in zip("AB", divide({sku: amount}), strict=False):
        yield {"lot": f"LOT-{sku[:40]}-{letter}", "amount": part[sku]}


def _parcel(job: Job, parcel_id: str) -> dict[str, str]:
    number = f"TP{job.fulfilment_id}{parcel_id}".upper().replace("-", "")[-60:]
    url = f"https://parcel.example/{number}"
    return {
        "parcel_id": parcel_id, "carrier": CARRIER, "tracking_number": number, "tracking_url": url,
    }  # fmt: skip


def _texts(amounts: Amounts) -> dict[str, str]:
    return {name: f"{amount:f}" for name, amount in amounts.items()}
