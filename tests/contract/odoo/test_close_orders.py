import pytest

from crossdock.ports.effect import Absent, Failed, Observed
from crossdock.ports.erp import CLOSE_SALES_ORDER
from crossdock.ports.errors import Ambiguous
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.odoo.conftest import House, external_id
from tests.contract.odoo.shipping import Dock, seen

LINE = external_id("A") + "_l1"


@pytest.fixture
def dock(house: House) -> Dock:
    return Dock(house)


@pytest.fixture
def product(dock: Dock) -> int:
    return dock.goods(100)


def states(dock: Dock, order: int) -> list[str]:
    return [picking["state"] for picking in dock.pickings(order)]


def test_what_is_open_is_cancelled_and_what_left_stays(dock: Dock, product: int):
    order = dock.ordered("A", product)
    seen(dock.house.connector.deliver([dock.shipment("A", "s1", "4", product)])[0])
    effect = dock.house.command(CLOSE_SALES_ORDER, "A", order)
    assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
    closed = seen(dock.house.connector.deliver([effect])[0])
    assert (closed["delivered"], closed["remaining"]) == ({LINE: "4"}, {})
    assert closed["pickings"] == ["WH/OUT/00001"]
    assert states(dock, order) == ["done", "cancel"]
    assert seen(dock.house.connector.deliver([effect])[0]) == closed
    assert len(dock.house.twin.log.keys("stock.picking", "cancelled")) == 1
    (found,) = dock.house.connector.probe([effect])
    assert isinstance(found, Observed)
    assert found.adopted


def test_nothing_was_shipped_at_all(dock: Dock, product: int):
    order = dock.ordered("A", product)
    closed = dock.house.connector.deliver([dock.house.command(CLOSE_SALES_ORDER, "A")])
    assert seen(closed[0])["delivered"] == {LINE: "0"}
    assert states(dock, order) == ["cancel"]


def test_a_batch_is_closed_in_one_call(dock: Dock, product: int):
    for name in "ABC":
        dock.ordered(name, product)
    dock.house.twin.log.reset()
    effects = [dock.house.command(CLOSE_SALES_ORDER, name) for name in "ABC"]
    assert all(isinstance(o, Observed) for o in dock.house.connector.deliver(effects))
    assert dock.calls().count("stock.picking/action_cancel") == 1


def test_drafts_and_orders_that_are_gone(dock: Dock, product: int):
    dock.house.connector.deliver([dock.house.create("D", product=product)])
    effects = [dock.house.command(CLOSE_SALES_ORDER, name) for name in ("D", "Z")]
    outcomes = dock.house.connector.deliver(effects)
    codes = [o.error.code for o in outcomes if isinstance(o, Failed)]
    assert codes == ["not_confirmed", "missing"]


@pytest.mark.parametrize("kind", [FaultKind.RESET_BEFORE, FaultKind.REPLY_LOST])
def test_cut_off(dock: Dock, product: int, kind: FaultKind):
    order = dock.ordered("A", product)
    effect = dock.house.command(CLOSE_SALES_ORDER, "A")
    fault = Fault(kind, operations=("stock.picking/action_cancel",), count=1)
    dock.house.twin.faults.add(fault)
    (outcome,) = dock.house.connector.deliver([effect])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Ambiguous)
    (found,) = dock.house.connector.probe([effect])
    if isinstance(found, Absent):
        (found,) = dock.house.connector.deliver([effect])
    assert seen(found)["remaining"] == {}
    assert states(dock, order) == ["cancel"]
