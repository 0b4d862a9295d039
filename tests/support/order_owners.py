"""Whose move it is: of every order that is not at an end, and of everything that was refused."""

from crossdock.processes.order_to_cash.effect_name import EffectName
from crossdock.processes.order_to_cash.order_state import SalesOrderState, target
from crossdock.processes.order_to_cash.order_status import OrderStatus
from crossdock.processes.order_to_cash.problem import ABOUT_GOODS
from tests.support.paper_house import PaperHouse

ORDERS = "SELECT work_key, data::text AS data FROM document WHERE document_type = 'SalesOrder'"
OWNED = """
SELECT work_key FROM message WHERE state IN ('waiting', 'working', 'held', 'dead')
UNION SELECT work_key FROM effect WHERE state IN ('waiting', 'sending', 'held', 'dead')
UNION SELECT work_key FROM hold WHERE closed_at IS NULL
"""
REFUSED = """
SELECT e.work_key, e.effect_key FROM effect e
JOIN message m ON m.message_key = 'outcome:' || e.effect_id
WHERE e.state = 'rejected' AND m.state NOT IN ('held', 'dead', 'waiting', 'working')
  AND m.end_code <> ALL (%(settled)s)
"""
SETTLED = [
    "answered", "cancel_drafted", "cancelled", "cancelling", "done_by_hand", "order_cancelled",
    "seen",
]  # fmt: skip
"""How a refusal ends that is not tried again."""


def check_orders_have_an_owner(house: PaperHouse) -> None:
    """An order that is not at an end has an open message, an effect under way or an open hold,
    or a warehouse has it; what was refused is asked about, settled or tried again; a question
    about goods is answered by people only.
    """
    states = {
        row.work_key: SalesOrderState.model_validate_json(row.data) for row in house.rows(ORDERS)
    }
    owned = {row.work_key for row in house.rows(OWNED)}
    lost = {k: s.status for k, s in states.items() if k not in owned and not _rests(s)}
    assert not lost, f"nobody's move: {lost}"
    keys = {row.effect_key for row in house.rows("SELECT effect_key FROM effect")}
    refused = house.rows(REFUSED, settled=SETTLED)
    silent = [r for r in refused if not _tried_again(r.effect_key, states.get(r.work_key), keys)]
    assert not silent, f"refused, and nobody was left with it: {silent}"
    answered = house.rows(
        "SELECT hold_id, code FROM hold WHERE resolution = 'answered' AND code = ANY (%(codes)s)",
        codes=list(ABOUT_GOODS),
    )
    assert not answered, f"goods have left, and the question was closed: {answered}"


def _rests(state: SalesOrderState) -> bool:
    """At an end, or with somebody outside who will be heard of."""
    progress = state.progress
    match state.status:
        case OrderStatus.INVOICED | OrderStatus.CANCELLED | OrderStatus.REJECTED:
            return True
        case OrderStatus.SHIPPED:
            return progress.invoice == "never"
        case OrderStatus.CONFIRMED:
            return not progress.warehouses
        case OrderStatus.RELEASED | OrderStatus.PARTLY_SHIPPED:
            return any(f.sent and not f.cancelled for f in progress.open)
        case _:
            return False


def _tried_again(effect_key: str, state: SalesOrderState | None, keys: set[str]) -> bool:
    parsed = EffectName.parse(effect_key, target(state)) if state else None
    return (
        parsed is not None
        and state is not None
        and any(parsed[0].key(target(state), parsed[1] + n) in keys for n in (1, 2))
    )
