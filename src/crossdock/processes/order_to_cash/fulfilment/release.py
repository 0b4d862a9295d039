"""Release: give a confirmed order's goods to the warehouses that ship them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from crossdock.domain.fulfilment import FulfilmentLine
from crossdock.domain.quantity import Quantity
from crossdock.engine.use_case import Context, EffectDraft, Event, Granted, Need
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.assign import assign, warehouses_of
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.fulfilment.waves import BadWaves, release_at
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.problem import Problem


@dataclass(slots=True)
class Released:
    """The order with its fulfilment orders, and what goes out for them."""

    state: SalesOrderState
    effects: list[EffectDraft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def settings_need(connection: str) -> Need:
    """The settings of a connection; None when there is no such connection."""
    return Need("settings", connection, "")


def release_needs(state: SalesOrderState) -> Sequence[Need]:
    """The policies of every warehouse that may ship for the order's channel."""
    return [settings_need(name) for name, _ in warehouses_of(state.progress.warehouses)]


def policy_of_today(
    state: SalesOrderState, granted: Granted, context: Context
) -> SalesOrderState | Sequence[Need]:
    """A person let it go: the channel's warehouses as they are set now count."""
    if not context.released:
        return state
    need = settings_need(state.connection)
    if need not in granted:
        return [need]
    warehouses = (granted[need] or {}).get("warehouses")
    return state.progressed(warehouses=warehouses) if warehouses else state


def release(
    state: SalesOrderState, quantities: Mapping[str, Decimal], granted: Granted, context: Context
) -> Released:
    """Plan fulfilment orders for so much of each line, one per warehouse.

    A channel without warehouses leaves shipping to Odoo's own staff. What cannot be planned is a
    problem for a person; nothing is released then.
    """
    if not warehouses_of(state.progress.warehouses):
        return Released(state)
    goods = {n: sku for n, sku in state.progress.goods.items() if quantities.get(n, 0) > 0}
    by_warehouse, nowhere = assign(state.progress.warehouses, goods)
    released = Released(state)
    if nowhere:
        released.problems.append(_nowhere(state, [goods[n] for n in nowhere]))
    for warehouse, line_ids in sorted(by_warehouse.items()):
        settings = granted.get(settings_need(warehouse))
        try:
            when = _release_at(settings, context.now)
        except BadWaves as error:
            released.problems.append(_unusable(warehouse, str(error)))
            continue
        assert settings is not None
        fulfilment = Fulfilment(
            fulfilment_id=f"{state.document_id}-{len(released.state.progress.fulfilments) + 1}",
            warehouse=warehouse,
            lines=tuple(_line(state, n, quantities[n]) for n in line_ids),
            release_at=when,
            short_pick=settings.get("short_pick") or "backorder",
        )
        _add(released, fulfilment, context)
    return Released(state, problems=released.problems) if released.problems else released


def _release_at(settings: Mapping[str, str] | None, now: datetime) -> datetime:
    if settings is None:
        raise BadWaves("no such connection")
    return release_at(settings, now)


def _add(released: Released, fulfilment: Fulfilment, context: Context) -> None:
    progress = released.state.progress
    released.state = released.state.model_copy(
        update={
            "progress": progress.model_copy(
                update={"fulfilments": (*progress.fulfilments, fulfilment)}
            )
        }
    )
    released.effects.append(effects.send(released.state, fulfilment, context.work_key, context.now))
    facts = {
        "fulfilment_id": fulfilment.fulfilment_id,
        "warehouse": fulfilment.warehouse,
        "release_at": fulfilment.release_at.isoformat(),
        "lines": [f"{line.sku} × {line.quantity}" for line in fulfilment.lines],
    }
    released.events.append(Event("sales_order.fulfilment_planned", facts))


def _line(state: SalesOrderState, line_id: str, amount: Decimal) -> FulfilmentLine:
    line = next(ln for ln in state.order.lines if ln.line_id == line_id)
    return FulfilmentLine(
        line_id=line_id,
        sku=state.progress.goods[line_id],
        quantity=Quantity(amount=amount, unit=line.quantity.unit),
        description=line.product.description,
    )


def _nowhere(state: SalesOrderState, skus: Sequence[str]) -> Problem:
    return Problem(
        code="no_warehouse",
        field="warehouses",
        reason=f"no warehouse of {state.connection} ships {', '.join(skus[:5])}",
        fix=f"extend the setting `warehouses` of {state.connection}, then "
        "`crossdock holds release ID`",
        owner="integration",
    )


def _unusable(warehouse: str, reason: str) -> Problem:
    return Problem(
        code="warehouse_settings",
        field="warehouses",
        reason=f"{warehouse} cannot be released to: {reason}",
        fix=f"correct the settings of {warehouse}, then `crossdock holds release ID`",
        owner="integration",
    )
