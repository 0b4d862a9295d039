"""Bugs in the process from the release to the invoice, and in cancelling."""

from typing import Any

from crossdock.connectors.odoo import ship_orders
from crossdock.connectors.odoo.mapping.invoice import Invoices
from crossdock.domain.fulfilment import WarehouseEventKind, WarehouseLine
from crossdock.engine.use_case import Decision
from crossdock.processes.order_to_cash import capture_sales_order
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from tests.sim.planted.bug import PlantedBug, function

_tell_shipment = effects.tell_shipment
_ship = effects.ship
_with_fact = Fulfilment.with_fact


def _cancelled_too_late_for_us(*_: Any) -> Decision:
    return Decision(code="no_change", detail="it was taken already")


def _tell_all(state: Any, fulfilment: Any, event: Any) -> Any:
    """T19: the first shipment completes the order at the shop."""
    lines = [
        WarehouseLine(line_id=i.line_id, sku=i.sku, quantity=i.quantity) for i in fulfilment.lines
    ]
    return _tell_shipment(state, fulfilment, event.model_copy(update={"lines": tuple(lines)}))


def _one_key_for_all(state: Any, fulfilment: Any, event: Any) -> Any:
    draft = _ship(state, fulfilment, event)
    name = fulfilment.fulfilment_id
    return draft.__class__(**{**_fields(draft), "effect_key": f"ship:{name}"})


def _fields(draft: Any) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__dataclass_fields__}


def _last_fact_only(self: Fulfilment, fact: Any) -> Fulfilment:
    """T5: each fact replaces the one before."""
    kept = _with_fact(self, fact)
    return kept.model_copy(update={"facts": (fact,)})


def _deliver_before_ship(self: Fulfilment, fact: Any) -> Fulfilment:
    """T5: what is said after `delivered` is taken for old."""
    if self.of_kind(WarehouseEventKind.DELIVERED):
        return self
    return _with_fact(self, fact)


FULFILMENT = (
    PlantedBug(
        "cancellation_ignored", "T13 changes after import are ignored",
        "a cancellation at the shop changes nothing once the order was taken",
        [function(capture_sales_order, "cancel_sales_order", _cancelled_too_late_for_us)],
    ),
    PlantedBug(
        "first_shipment_completes", "T19 partial shipments",
        "the shop is told of all lines with the first shipment",
        [function(effects, "tell_shipment", _tell_all)],
    ),
    PlantedBug(
        "shipments_share_a_key", "P2", "the second shipment of a fulfilment has the first's key",
        [function(effects, "ship", _one_key_for_all)],
    ),
    PlantedBug(
        "last_fact_wins", "T5 out-of-order updates", "a warehouse's fact replaces what was known",
        [function(Fulfilment, "with_fact", _last_fact_only)],
    ),
    PlantedBug(
        "late_facts_dropped", "T5 delivered before shipped",
        "facts that come after `delivered` are taken for old",
        [function(Fulfilment, "with_fact", _deliver_before_ship)],
    ),
    PlantedBug(
        "window_believed", "P2", "Odoo's answer to button_validate is believed, not its state",
        [function(ship_orders, "ROUNDS", 1)],
    ),
    PlantedBug(
        "invoice_left_as_draft", "P2", "an invoice counts as made when its draft stands",
        [function(Invoices, "is_made", property(lambda self: bool(self.drafts or self.posted)))],
    ),
)  # fmt: skip
