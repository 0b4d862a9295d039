"""Every order that comes in gets exactly one business answer (requirement C17), doubles too."""

from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


def answers(house: PaperHouse) -> dict[str, list[str]]:
    """By the channel's own order id: what it was told."""
    found: dict[str, list[str]] = {}
    for answer in house.shop.answers:
        (number,) = [i["value"] for i in answer["identifiers"]]
        found.setdefault(number, []).append(f"{answer['status']} {answer['code']}".strip())
    return found


def test_one_purchase_order_under_two_numbers_is_made_once_and_both_are_answered(
    house: PaperHouse,
) -> None:
    house.arrive(order_body(1, po="PO-7"))
    house.settle()
    house.arrive(order_body(2, po="PO-7"), order_body(3, po="PO-7"))
    house.settle()
    assert len(house.erp.orders) == 1
    twice = "rejected same_order"
    assert answers(house) == {"1": ["accepted"], "2": [twice], "3": [twice]}
    assert house.message_states() == ["done", "duplicate", "duplicate"]


def test_the_double_is_cancelled_and_the_order_stands(house: PaperHouse) -> None:
    house.arrive(order_body(1, po="PO-7"))
    house.settle()
    house.arrive(order_body(2, po="PO-7"))
    house.settle()
    house.arrive(order_body(2, po="PO-7", version=2, cancelled=True))
    house.settle()
    assert house.status(1) == "released"
    assert [len(told) for told in answers(house).values()] == [1, 1]
    assert [order["state"] for order in house.erp.orders.values()] == ["sale"]
