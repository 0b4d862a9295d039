"""Which sale.order an effect is about: its id, looked up by external id where it is not given."""

from collections.abc import Callable, Sequence

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import find_external_id
from crossdock.connectors.odoo.mapping.order_command import NamedOrder
from crossdock.ports.effect import EffectToSend, Failed, Outcome
from crossdock.ports.errors import ConnectorError, Rejected

Target = tuple[EffectToSend, int]


def find_targets(
    client: OdooClient, batch: Sequence[EffectToSend], order_of: Callable[[bytes], NamedOrder]
) -> tuple[dict[str, Outcome], list[Target]]:
    """Effects that fail because their order is not found, by key; and the others with its id."""
    failed: dict[str, Outcome] = {}
    targets: list[Target] = []
    for effect in batch:
        order = order_of(effect.request)
        try:
            found = order.id or find_external_id(client, "sale.order", order.external_id)
        except ConnectorError as error:
            failed[effect.effect_key] = Failed(effect.effect_key, error)
            continue
        if found is None:
            failed[effect.effect_key] = Failed(effect.effect_key, missing(order))
        else:
            targets.append((effect, found))
    return failed, targets


def missing(order: NamedOrder) -> Rejected:
    """The order was deleted in Odoo, or never created."""
    return Rejected(
        f"sale.order {order.name or order.external_id} is not in Odoo",
        field="id",
        remedy="see in Odoo who deleted it; then decide on the order here",
        code="missing",
    )
