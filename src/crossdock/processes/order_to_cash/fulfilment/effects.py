"""The effects of fulfilment on warehouse, ERP and channel, each with the key it can exist under."""

from datetime import datetime

from crossdock.domain.cancellation import Cancellation
from crossdock.domain.fulfilment import (
    FulfilmentCancellation,
    FulfilmentOrder,
    RemainderCancellation,
    RemainderLine,
    Shipment,
    WarehouseEvent,
)
from crossdock.domain.quantity import Quantity
from crossdock.engine.use_case import EffectDraft, NotAllowed
from crossdock.ports import erp
from crossdock.ports.effect import Lane
from crossdock.ports.erp import ResolvedShipment, ResolvedShipmentLine
from crossdock.ports.warehouse import CANCEL_FULFILMENT_ORDER, SEND_FULFILMENT_ORDER
from crossdock.processes.order_to_cash.effect_name import EffectKind, EffectName
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_effects import command
from crossdock.processes.order_to_cash.order_state import (
    SalesOrderState,
    channel_order_id,
    target,
)


def key(state: SalesOrderState, name: EffectName) -> str:
    """The key of an effect by its name; tried again after a refusal it gets another one."""
    return name.key(target(state), tries_of(state, name))


def tries_of(state: SalesOrderState, name: EffectName) -> int:
    """How often the effect was asked for."""
    return state.progress.tries.get(str(name), 1)


def shipment_id(fulfilment: Fulfilment, event: WarehouseEvent) -> str:
    """A shipment's id, unique for ever."""
    return f"{fulfilment.fulfilment_id}/{event.shipment_id}"


def send_name(fulfilment: Fulfilment) -> EffectName:
    """The name of its sending."""
    return EffectName(EffectKind.FULFIL, fulfilment.fulfilment_id)


def stop_name(fulfilment: Fulfilment) -> EffectName:
    """The name of its cancellation."""
    return EffectName(EffectKind.STOP, fulfilment.fulfilment_id)


def send(
    state: SalesOrderState, fulfilment: Fulfilment, work_key: str, now: datetime
) -> EffectDraft:
    """The fulfilment order to its warehouse, at its wave. Raises NotAllowed for an order that was
    cancelled: every sender passes here.
    """
    if state.cancel_asked:
        raise NotAllowed(f"{fulfilment.fulfilment_id} is of a cancelled order: it is not sent")
    order = state.order
    ship_to = order.ship_to or order.buyer
    return EffectDraft(
        connection=fulfilment.warehouse,
        operation=SEND_FULFILMENT_ORDER,
        effect_key=key(state, send_name(fulfilment)),
        target_key=f"fulfilment:{fulfilment.fulfilment_id}",
        document=FulfilmentOrder(
            fulfilment_id=fulfilment.fulfilment_id,
            order_key=work_key,
            order_name=order.name or order.reference,
            ship_to=ship_to,
            lines=fulfilment.lines,
            note=order.note,
        ),
        not_before=fulfilment.release_at if fulfilment.release_at > now else None,
    )


def cancel(state: SalesOrderState, fulfilment: Fulfilment, work_key: str) -> EffectDraft:
    """Ask the warehouse to stop; it decides."""
    return EffectDraft(
        connection=fulfilment.warehouse,
        operation=CANCEL_FULFILMENT_ORDER,
        effect_key=key(state, stop_name(fulfilment)),
        target_key=f"fulfilment:{fulfilment.fulfilment_id}",
        document=FulfilmentCancellation(
            fulfilment_id=fulfilment.fulfilment_id, order_key=work_key, reason=state.reason[:255]
        ),
        lane=Lane.INTERACTIVE,
    )


def ship(state: SalesOrderState, fulfilment: Fulfilment, event: WarehouseEvent) -> EffectDraft:
    """The ERP delivers exactly what left."""
    products = {line["line_id"]: line["product_id"] for line in state.resolved["lines"]}
    resolved = ResolvedShipment(
        order_external_id=state.external_id,
        order_id=state.erp_id,
        lines=[
            ResolvedShipmentLine(
                line_id=line.line_id,
                product_id=products[line.line_id],
                quantity=f"{line.quantity.amount:f}",
                lots=[(lot.lot, f"{lot.amount:f}") for lot in line.lots],
            )
            for line in event.lines
        ],
    )
    return EffectDraft(
        connection=state.erp,
        operation=erp.SHIP_SALES_ORDER,
        effect_key=key(state, EffectName(EffectKind.SHIP, shipment_id(fulfilment, event))),
        target_key=target(state),
        document=_shipment(state, fulfilment, event),
        resolved=dict(resolved),
    )


def tell_shipment(
    state: SalesOrderState, fulfilment: Fulfilment, event: WarehouseEvent
) -> EffectDraft:
    """The channel learns what left, and how to follow it."""
    return EffectDraft(
        connection=state.connection,
        operation=erp.SEND_SHIPMENT,
        effect_key=key(state, EffectName(EffectKind.TELL, shipment_id(fulfilment, event))),
        target_key=f"response:{target(state)}",
        apart=True,
        document=_shipment(state, fulfilment, event),
    )


def _shipment(state: SalesOrderState, fulfilment: Fulfilment, event: WarehouseEvent) -> Shipment:
    return Shipment(
        shipment_id=shipment_id(fulfilment, event),
        order_reference=channel_order_id(state.order),
        order_name=state.order.name,
        shipped_at=event.occurred_at,
        lines=event.lines,
        parcels=event.parcels,
    )


def close(state: SalesOrderState) -> EffectDraft:
    """The ERP stops waiting for what will not be shipped."""
    return EffectDraft(
        connection=state.erp,
        operation=erp.CLOSE_SALES_ORDER,
        effect_key=key(state, EffectName(EffectKind.CLOSE)),
        target_key=target(state),
        document=command(state),
    )


def invoice(state: SalesOrderState, of: str) -> EffectDraft:
    """Invoice what was delivered: once, or once for each shipment (`of`)."""
    return EffectDraft(
        connection=state.erp,
        operation=erp.INVOICE_SALES_ORDER,
        effect_key=key(state, EffectName(EffectKind.INVOICE, of)),
        target_key=target(state),
        document=command(state),
    )


def tell_remainder(state: SalesOrderState) -> EffectDraft:
    """The channel learns what will not come."""
    lines = {line.line_id: line for line in (*state.gone, *state.order.lines)}
    return EffectDraft(
        connection=state.connection,
        operation=erp.CANCEL_REMAINDER,
        effect_key=key(state, EffectName(EffectKind.REMAINDER)),
        target_key=f"response:{target(state)}",
        apart=True,
        document=RemainderCancellation(
            order_reference=channel_order_id(state.order),
            lines=tuple(
                RemainderLine(
                    line_id=line_id,
                    sku=state.progress.goods.get(line_id, ""),
                    quantity=Quantity(amount=amount, unit=lines[line_id].quantity.unit),
                )
                for line_id, amount in sorted(state.progress.given_up.items())
            ),
            reason=state.reason[:255],
        ),
    )


def cancel_at_channel(state: SalesOrderState, now: datetime) -> EffectDraft:
    """The channel learns that its order ended here."""
    return EffectDraft(
        connection=state.connection,
        operation=erp.CANCEL_ORDER,
        effect_key=key(state, EffectName(EffectKind.CANCEL_AT_CHANNEL)),
        target_key=f"response:{target(state)}",
        document=Cancellation(
            reference=state.order.reference,
            identifiers=state.order.identifiers,
            cancelled_at=now,
            reason=state.reason[:255],
        ),
    )
