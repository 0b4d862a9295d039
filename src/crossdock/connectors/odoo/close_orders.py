"""Closing: what is still open of an order's deliveries is cancelled, and will never be shipped.

`delivery_status` is no witness: it says `full` although one of four went. Quantities are.
"""

from collections.abc import Sequence

from crossdock.connectors.odoo.all_or_nothing import call_for_each
from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.deliveries import DeliveryReader
from crossdock.connectors.odoo.mapping.deliveries import Deliveries, to_erp_shipment
from crossdock.connectors.odoo.mapping.order_command import named_order
from crossdock.connectors.odoo.order_targets import find_targets, missing
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, NotYet, Rejected


class CloseOrders:
    """`close_sales_order`."""

    def __init__(self, client: OdooClient, reader: DeliveryReader) -> None:
        self._client = client
        self._reader = reader

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        """One cancellation for the open deliveries of all orders."""
        outcomes, targets = find_targets(self._client, batch, named_order)
        names: dict[int, str] = {}
        seen = self._reader.read([order for _, order in targets], names, marks=False)
        to_cancel: dict[str, list[int]] = {}
        for effect, order_id in targets:
            order, key = seen.get(order_id), effect.effect_key
            if order is None:
                outcomes[key] = Failed(key, missing(named_order(effect.request)))
            elif order.state not in ("sale", "cancel"):
                outcomes[key] = Failed(key, _not_confirmed(order))
            elif open_ids := _open(order):
                to_cancel[key] = open_ids
            else:
                outcomes[key] = _closed(key, order)
        errors = call_for_each(
            lambda ids: self._client.write("stock.picking", "action_cancel", ids=ids), to_cancel
        )
        outcomes |= {key: Failed(key, error) for key, error in errors.items()}
        self._read_back([(e.effect_key, o) for e, o in targets], names, outcomes)
        return [outcomes[effect.effect_key] for effect in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """Closed is what has nothing open."""
        failed, targets = find_targets(self._client, batch, named_order)
        results: dict[str, ProbeResult] = dict(failed)
        try:
            seen = self._reader.read([order for _, order in targets], {}, marks=False)
        except ConnectorError as error:
            return [Failed(effect.effect_key, error) for effect in batch]
        for effect, order_id in targets:
            key, order = effect.effect_key, seen.get(order_id)
            if order is None:
                named = named_order(effect.request)
                results[key] = Conflicting(key, f"{named.name or named.external_id} is not in Odoo")
            elif _open(order) or order.state not in ("sale", "cancel"):
                results[key] = Absent(key)
            else:
                results[key] = Observed(key, to_erp_shipment(order, _gone(order)), adopted=True)
        return [results[effect.effect_key] for effect in batch]

    def _read_back(
        self, targets: list[tuple[str, int]], names: dict[int, str], outcomes: dict[str, Outcome]
    ) -> None:
        left = [(key, order) for key, order in targets if key not in outcomes]
        try:
            seen = self._reader.read([order for _, order in left], names, marks=False)
        except ConnectorError as error:
            lost = Ambiguous(
                f"deliveries were cancelled, the result not read: {error.reason}",
                remedy="they are read before anything else",
                code="not_read_back",
            )
            outcomes |= {key: Failed(key, lost) for key, _ in left}
            return
        for key, order_id in left:
            outcomes[key] = _closed(key, seen[order_id])


def _open(order: Deliveries) -> list[int]:
    return [picking.id for picking in order.pickings if picking.is_open]


def _gone(order: Deliveries) -> list[str]:
    return [picking.name for picking in order.pickings if picking.has_left]


def _closed(key: str, order: Deliveries) -> Outcome:
    still = [picking.name for picking in order.pickings if picking.is_open]
    if not still:
        return Observed(key, to_erp_shipment(order, _gone(order)))
    error = NotYet(
        f"{', '.join(still)} of {order.name} is still open after action_cancel",
        remedy="cancel it in Odoo: somebody or a rule there made it anew",
        code="still_open",
    )
    return Failed(key, error)


def _not_confirmed(order: Deliveries) -> Rejected:
    return Rejected(
        f"{order.name} is in state {order.state} in Odoo: it has no deliveries to close",
        field="state",
        remedy="confirm or cancel the order instead",
        code="not_confirmed",
    )
