"""The warehouse decides once: every order ends cancelled or shipped, never both."""

import threading
from datetime import timedelta

import pytest

from crossdock.ports.effect import Absent, Observed
from crossdock.ports.errors import Ambiguous, Rejected
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.wms.documents import cancelling, fulfilment_order, send, sending


def decided(wms, number: int = 1) -> str:
    (outcome,) = wms.deliver([cancelling(wms, number)])
    assert isinstance(outcome, Observed), outcome
    return outcome.observation["result"]


@pytest.mark.parametrize(
    ("steps", "result"), [(0, "cancelled"), (1, "cancelled"), (2, "refused"), (3, "refused"),
                          (4, "refused"), (5, "refused"), (9, "refused")],
)  # fmt: skip
def test_after_every_step_it_is_one_or_the_other(twin, wms, steps, result):
    send(wms, fulfilment_order())
    twin.work(steps)
    first = wms.deliver([cancelling(wms)])
    assert first[0].observation["result"] == result
    twin.work(9)
    shipped = twin.log.keys("shipment")
    assert shipped == ([] if result == "cancelled" else ["F-1/S1"])
    assert wms.deliver([cancelling(wms)]) == first, "the decision is final"


def test_of_an_unknown_id_it_is_cancelled_and_a_put_is_refused(twin, wms):
    assert decided(wms) == "cancelled"
    (outcome,) = send(wms, fulfilment_order())
    assert isinstance(outcome.error, Rejected)
    assert outcome.error.code == "cancelled"
    assert isinstance(wms.probe([sending(wms, fulfilment_order())])[0], Absent)
    first, second = send(wms, fulfilment_order(1), fulfilment_order(2))
    assert first.error.code == "cancelled"
    assert isinstance(second, Observed)


def test_of_a_rejected_one_it_is_cancelled(twin, wms):
    twin.use(twin.behaviour.from_json({"rejected": 1.0}))
    send(wms, fulfilment_order())
    twin.work(9)
    assert decided(wms) == "cancelled"


def test_of_one_closed_with_nothing_shipped_it_is_cancelled(twin, wms):
    twin.use(twin.behaviour.from_json({"short_picks": 1.0}))
    send(wms, fulfilment_order(1, "1"))
    twin.work(9)
    assert twin.log.keys("shipment") == []
    assert decided(wms) == "cancelled"


def test_a_lost_decision_is_found_by_the_probe(twin, wms):
    send(wms, fulfilment_order())
    assert isinstance(wms.probe([cancelling(wms)])[0], Absent)
    assert isinstance(wms.probe([cancelling(wms, 77)])[0], Absent)
    twin.faults.add(Fault(FaultKind.REPLY_LOST, count=1))
    (outcome,) = wms.deliver([cancelling(wms)])
    assert isinstance(outcome.error, Ambiguous)
    (probed,) = wms.probe([cancelling(wms)])
    assert probed.adopted
    assert probed.observation == {"result": "cancelled", "reason": ""}


def test_a_race_with_the_pick_has_one_winner(twin, wms, clock):
    numbers = range(30)
    send(wms, *(fulfilment_order(n) for n in numbers))
    crew = threading.Thread(target=lambda: [twin.work(1) for _ in range(6)])
    crew.start()
    results = {n: decided(wms, n) for n in numbers}
    crew.join()
    twin.work(9)
    shipped = {key.partition("/")[0] for key in twin.log.keys("shipment")}
    cancelled = set(twin.log.keys("fulfilment_order", "cancelled"))
    assert shipped == {f"F-{n}" for n, r in results.items() if r == "refused"}
    assert cancelled == {f"F-{n}" for n, r in results.items() if r == "cancelled"}
    assert shipped | cancelled == {f"F-{n}" for n in numbers}


def test_the_decision_survives_time(twin, wms, clock):
    send(wms, fulfilment_order())
    assert decided(wms) == "cancelled"
    clock.advance(timedelta(days=30))
    assert decided(wms) == "cancelled"
