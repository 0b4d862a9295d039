"""C23: what is not in the table is refused, and the diagram shows the table."""

import itertools
import re

import pytest

from crossdock.engine.use_case import NotAllowed
from crossdock.processes.order_to_cash.order_status import (
    DESCRIPTIONS,
    TRANSITIONS,
    IllegalTransition,
    OrderStatus,
    Trigger,
    mermaid,
    move,
)

LEGAL = {(t.source, t.trigger, t.target) for t in TRANSITIONS}
ALL = list(itertools.product(OrderStatus, Trigger, OrderStatus))


def test_every_combination_is_either_in_the_table_or_refused() -> None:
    assert len(ALL) == len(OrderStatus) ** 2 * len(Trigger)
    for source, trigger, target in ALL:
        if (source, trigger, target) in LEGAL:
            assert move(source, trigger, target) is target
        else:
            with pytest.raises(
                IllegalTransition, match=f"{source} cannot become {target}"
            ) as refused:
                move(source, trigger, target)
            assert isinstance(refused.value, NotAllowed)


def test_a_transition_stands_once_and_has_a_guard() -> None:
    assert len(LEGAL) == len(TRANSITIONS)
    assert all(t.guard for t in TRANSITIONS)


def test_every_state_is_described_reachable_and_has_a_way_out() -> None:
    assert set(DESCRIPTIONS) == set(OrderStatus)
    reached = {OrderStatus.NEW}
    for _ in OrderStatus:
        reached |= {t.target for t in TRANSITIONS if t.source in reached}
    assert reached == set(OrderStatus)
    ended = {
        OrderStatus.INVOICED,
        OrderStatus.REJECTED,
        OrderStatus.CANCELLED,
        OrderStatus.TAKEN_BY_HAND,
    }
    assert {t.source for t in TRANSITIONS} >= set(OrderStatus) - ended


def test_what_ended_stays_ended() -> None:
    ended = (OrderStatus.INVOICED, OrderStatus.REJECTED, OrderStatus.CANCELLED)
    assert not [t for t in TRANSITIONS if t.source in ended]


def test_what_stands_never_goes_backwards() -> None:
    """Past confirmation an order moves on, or to its cancellation; only that one may be undone."""
    order = ("confirmed", "released", "partly_shipped", "shipped", "invoiced")
    for t in TRANSITIONS:
        if t.source in order and t.target in order:
            assert order.index(t.source) < order.index(t.target)
        elif t.source in order:
            assert t.target in (OrderStatus.CANCELLING, OrderStatus.CANCELLED)


def test_the_diagram_shows_every_transition_and_no_other() -> None:
    drawn = set()
    for source, target, triggers in re.findall(
        r"^ +(\w+) --> (\w+): (.+)$", mermaid(), re.MULTILINE
    ):
        drawn |= {(source, trigger, target) for trigger in triggers.split(" / ")}
    assert drawn == {(str(s), str(t), str(g)) for s, t, g in LEGAL}
