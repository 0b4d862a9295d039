import pytest

from crossdock.connectors.odoo.twin.sale_orders import action_cancel, action_confirm
from crossdock.connectors.odoo.twin.writing import unlink
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.errors import Ambiguous, NotYet, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.odoo.conftest import House

CONFIRM, CANCEL, READ = "confirm_sales_order", "cancel_sales_order", "read_sales_order"


@pytest.fixture
def drafts(house: House) -> dict[str, int]:
    """Six drafts, by reference."""
    names = "ABCDEF"
    outcomes = house.connector.deliver([house.create(name) for name in names])
    return {
        name: outcome.observation["id"]
        for name, outcome in zip(names, outcomes, strict=True)
        if isinstance(outcome, Observed)
    }


def seen(outcome) -> dict:
    assert isinstance(outcome, Observed), vars(outcome.error)
    return dict(outcome.observation)


def states(house: House) -> str:
    return " ".join(order["state"] for order in house.orders())


def error_of(outcome, kind):
    assert isinstance(outcome, Failed), outcome
    assert isinstance(outcome.error, kind), vars(outcome.error)
    return outcome.error


def test_a_batch_is_confirmed_in_one_call(house: House, drafts):
    outcomes = house.connector.deliver([house.command(CONFIRM, n, i) for n, i in drafts.items()])
    assert [seen(outcome)["state"] for outcome in outcomes] == ["sale"] * 6
    assert len(house.twin.log.called("sale.order/action_confirm")) == 1


def test_an_order_is_found_by_its_external_id(house: House, drafts):
    (outcome,) = house.connector.deliver([house.command(CONFIRM, "B")])
    assert seen(outcome)["id"] == drafts["B"]
    assert states(house) == "draft sale draft draft draft draft"


def test_one_that_is_confirmed_already_does_not_stop_the_others(house: House, drafts):
    action_confirm(house.twin.database, [drafts["C"]])
    outcomes = house.connector.deliver([house.command(CONFIRM, n, i) for n, i in drafts.items()])
    assert all(isinstance(outcome, Observed) for outcome in outcomes)
    assert states(house) == "sale sale sale sale sale sale"
    assert len(house.twin.log.keys("sale.order", "confirmed")) == 6


def test_one_that_is_cancelled_fails_alone(house: House, drafts):
    action_cancel(house.twin.database, [drafts["C"]])
    outcomes = house.connector.deliver([house.command(CONFIRM, n, i) for n, i in drafts.items()])
    assert error_of(outcomes[2], Rejected).code == "cancelled"
    assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 5


def test_one_that_is_gone_fails_alone(house: House, drafts):
    unlink(house.twin.database, "sale.order", [drafts["C"]])
    outcomes = house.connector.deliver([house.command(CONFIRM, n, i) for n, i in drafts.items()])
    assert error_of(outcomes[2], Rejected).code == "missing"
    assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 5


def test_a_business_rule_stops_only_its_own_order(house: House, drafts):
    """Odoo's refusal names no order: the batch is halved until only the guilty one is left."""
    for name in ("B", "E"):
        house.twin.database.tables["sale.order"][drafts[name]]["locked"] = True
    outcomes = house.connector.deliver([house.command(CANCEL, n, i) for n, i in drafts.items()])
    refused = [n for n, o in zip(drafts, outcomes, strict=True) if isinstance(o, Failed)]
    assert refused == ["B", "E"]
    assert "locked" in error_of(outcomes[1], Rejected).reason
    assert states(house) == "cancel draft cancel cancel draft cancel"


def test_a_lost_reply_is_ambiguous_and_the_probe_adopts(house: House, drafts):
    house.twin.faults.add(Fault(FaultKind.REPLY_LOST, operations=("*/action_confirm",), count=1))
    effect = house.command(CONFIRM, "A", drafts["A"])
    (outcome,) = house.connector.deliver([effect])
    error_of(outcome, Ambiguous)
    (found,) = house.connector.probe([effect])
    assert isinstance(found, Observed)
    assert found.adopted


def test_a_reset_is_ambiguous_and_the_probe_says_absent(house: House, drafts):
    house.twin.faults.add(Fault(FaultKind.RESET_BEFORE, operations=("*/action_confirm",), count=1))
    effect = house.command(CONFIRM, "A", drafts["A"])
    (outcome,) = house.connector.deliver([effect])
    error_of(outcome, Ambiguous)
    assert house.connector.probe([effect]) == [Absent(effect.effect_key)]


def test_the_second_half_being_lost_does_not_hide_the_first(house: House, drafts):
    for name in ("B",):
        house.twin.database.tables["sale.order"][drafts[name]]["locked"] = True
    house.twin.faults.add(Fault(FaultKind.SERVER_ERROR, operations=("*/action_cancel",), count=0))
    outcomes = house.connector.deliver([house.command(CANCEL, n, i) for n, i in drafts.items()])
    assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 5


def test_a_serialization_failure_had_no_effect(house: House, drafts):
    house.twin.faults.add(Fault(FaultKind.SERVER_ERROR, operations=("*/action_confirm",), count=1))
    (outcome,) = house.connector.deliver([house.command(CONFIRM, "A", drafts["A"])])
    error_of(outcome, Unavailable)
    assert house.orders()[0]["state"] == "draft"


def test_a_wizard_is_not_a_confirmation(house: House, drafts, monkeypatch):
    """Some modules answer action_confirm with a window that asks something: nothing happened."""
    monkeypatch.setattr(house.twin.methods, "action_confirm", lambda _, *, ids: {"type": str(ids)})
    (outcome,) = house.connector.deliver([house.command(CONFIRM, "A", drafts["A"])])
    assert error_of(outcome, NotYet).code == "wizard"


def test_cancelling_twice_is_cancelled(house: House, drafts):
    effect = house.command(CANCEL, "A", drafts["A"])
    for _ in range(2):
        (outcome,) = house.connector.deliver([effect])
        assert seen(outcome)["state"] == "cancel"
    assert len(house.twin.log.keys("sale.order", "cancelled")) == 1


def test_probes_of_a_cancellation(house: House, drafts):
    effect = house.command(CANCEL, "A", drafts["A"])
    assert house.connector.probe([effect]) == [Absent(effect.effect_key)]
    house.connector.deliver([effect])
    (found,) = house.connector.probe([effect])
    assert isinstance(found, Observed)


def test_a_confirmation_of_a_cancelled_order_is_a_conflict(house: House, drafts):
    action_cancel(house.twin.database, [drafts["A"]])
    (found,) = house.connector.probe([house.command(CONFIRM, "A", drafts["A"])])
    assert isinstance(found, Conflicting)


def test_reading_shows_the_order_as_it_stands(house: House, drafts):
    first, gone = house.connector.deliver([house.command(READ, "A"), house.command(READ, "Z")])
    assert seen(first)["amount_total"] == "39.47"
    assert error_of(gone, Rejected).code == "missing"
