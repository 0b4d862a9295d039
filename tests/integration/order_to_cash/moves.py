"""What happens to one order on paper: its channel, its ERP, its warehouse and a person move it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from crossdock.ports.erp import ErpOrderSeen
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

TAKE_BACK = "UPDATE message SET state = 'waiting', released = true WHERE message_id = ANY (%(ids)s)"


def taken(house: PaperHouse, **order: Any) -> dict[str, Any]:
    """Order 1 is with the warehouse: its fulfilment order."""
    house.arrive(order_body(1, **{"quantity": "4", **order}))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    return fulfilment


def cancel(house: PaperHouse, version: int = 9, **order: Any) -> None:
    """Its channel cancels it."""
    house.arrive(order_body(1, **{"quantity": "4", **order}, version=version, cancelled=True))


def cancelled_by_hand(house: PaperHouse, version: str = "2") -> None:
    """Somebody cancels it in the ERP, or writes to it again after that: it is sighted."""
    (order,) = house.erp.orders.values()
    order["state"] = "cancel"
    seen = ErpOrderSeen(
        id=order["id"], name=order["name"], state="cancel", amount_total=order["amount_total"],
        currency="EUR", seen_version=version,
    )  # fmt: skip
    house.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    house.seen_in_erp("shop:order:1", seen)


def confirmation_leaves(house: PaperHouse) -> Callable[[], None]:
    """Its confirmation is on the wire; the returned function brings the reply."""
    house.arrive(order_body(1, quantity="4"))
    house.applier().apply_once()
    house.deliverer("erp").deliver_once()
    house.applier().apply_once()
    deliverer = house.deliverer("erp")
    batch = deliverer._take()
    assert batch is not None

    def reply() -> None:
        deliverer._observe(batch, deliverer._probe_or_send(batch), 0.1)

    return reply


def release(house: PaperHouse, code: str = "%") -> None:
    """A person releases what is held with that code."""
    with house.store.transaction() as tx:
        holds = tx.rows(
            "UPDATE hold SET closed_at = opened_at WHERE closed_at IS NULL AND code LIKE %(code)s "
            "RETURNING message_id", code=code,
        )  # fmt: skip
        tx.run(TAKE_BACK, ids=[hold.message_id for hold in holds])


def answers(house: PaperHouse) -> list[tuple[str, str]]:
    """What the channel was told: about what, and how it stands."""
    return [(answer["about"], answer["status"]) for answer in house.shop.answers]


def told(house: PaperHouse) -> Sequence[str]:
    """The operations on the channel, besides answers."""
    return [operation for operation, _ in house.shop.told]


def erp_states(house: PaperHouse) -> list[str]:
    return [order["state"] for order in house.erp.orders.values()]
