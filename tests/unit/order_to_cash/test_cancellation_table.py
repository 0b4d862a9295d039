"""Each status says what a cancellation means, and the state machine has the arrows for it."""

import pytest

from crossdock.processes.order_to_cash.order_status import (
    ENDS_UNSHIPPED,
    ON_CANCEL,
    OnCancel,
    OrderStatus,
    Trigger,
    move,
)

C = OnCancel


def leads_to(source: OrderStatus, trigger: Trigger, *targets: OrderStatus) -> bool:
    return all(move(source, trigger, target) is target for target in targets)


def test_every_status_says_it_for_both_askers() -> None:
    assert set(ON_CANCEL) == set(OrderStatus)


@pytest.mark.parametrize("status", OrderStatus)
def test_what_the_table_wants_is_allowed(status: OrderStatus) -> None:
    channel, erp = ON_CANCEL[status]
    if channel is C.END:
        assert leads_to(status, Trigger.CANCEL, OrderStatus.CANCELLED)
    if channel in (C.WITHDRAW, C.TELL_ERP):
        assert leads_to(status, Trigger.CANCEL, OrderStatus.CANCELLING)
    if erp is C.END or channel is C.ASKED:
        assert leads_to(status, Trigger.CANCEL_IN_ERP, OrderStatus.CANCELLED)
    if erp is C.STOP and status is not OrderStatus.PARTLY_SHIPPED:
        assert leads_to(status, Trigger.CANCEL, OrderStatus.CANCELLING)


def test_only_what_has_ended_hears_nothing_of_its_channel() -> None:
    silent = {status for status, (channel, _) in ON_CANCEL.items() if channel is C.KNOWN}
    assert silent == ENDS_UNSHIPPED - {OrderStatus.CANCELLING}
