import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from crossdock.connectors.odoo.loader import Loader
from crossdock.connectors.odoo.twin import OdooTwin
from crossdock.connectors.odoo.twin.sale_orders import action_cancel
from crossdock.connectors.odoo.twin.writing import unlink, write
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.errors import Ambiguous, NotAuthorised, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.service_time import ServiceTime
from crossdock.testing.twin_server import TwinServer
from tests.contract.odoo.conftest import House, external_id


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("crossdock.connectors.odoo.loader.PAUSES", (0, 0, 0))


def observed(outcome) -> dict:
    assert isinstance(outcome, Observed), vars(outcome.error)
    return dict(outcome.observation)


def error_of(outcome, kind):
    assert isinstance(outcome, Failed), outcome
    assert isinstance(outcome.error, kind), vars(outcome.error)
    return outcome.error


def test_a_draft_is_created_and_read_back(house: House):
    (outcome,) = house.connector.deliver([house.create("A", allowance="3")])
    order = observed(outcome)
    assert (order["state"], order["currency"]) == ("draft", "USD")
    assert order["amount_total"] == "36.02"
    assert [line["external_id"].rpartition("_")[2] for line in order["lines"]] == ["l1", "d", "cs"]
    assert order["lines"][2]["subtotal"] == "5.00"
    stands = house.orders()[0]
    assert stands["client_order_ref"] == "A"
    assert stands["origin"] == "#A"
    assert stands["date_order"] == "2026-11-21 09:30:00"


def test_prices_are_pinned_and_charges_take_their_products_unit(house: House):
    house.connector.deliver([house.create("A")])
    lines = house.twin.database.tables["sale.order.line"].values()
    assert {line["technical_price_unit"] for line in lines} == {-1}
    assert {line["product_uom_id"] for line in lines} == {1}


@pytest.mark.parametrize(("taxes", "tax"), [((), "0.00"), ((1,), "4.50"), ((1, 3), "4.50")])
def test_no_tax_one_tax_several_taxes(house: House, taxes, tax):
    (outcome,) = house.connector.deliver([house.create("A", taxes=taxes)])
    assert observed(outcome)["amount_tax"] == tax


def test_an_exact_percentage_is_a_discount_and_no_line(house: House):
    (outcome,) = house.connector.deliver([house.create("A", price="10", allowance="3")])
    assert len(observed(outcome)["lines"]) == 2
    (line, _) = house.twin.database.tables["sale.order.line"].values()
    assert line["discount"] == 10


def test_an_allowance_without_a_discount_product_is_refused_before_it_is_sent(house: House):
    with pytest.raises(Rejected) as caught:
        house.create("A", allowance="1", discount=False)
    assert caught.value.field == "allowance"


def test_a_hundred_orders_go_in_one_load(house: House):
    batch = [house.create(str(n)) for n in range(100)]
    outcomes = house.connector.deliver(batch)
    assert all(isinstance(outcome, Observed) for outcome in outcomes)
    assert [outcome.effect_key for outcome in outcomes] == [effect.effect_key for effect in batch]
    assert len(house.twin.log.called("sale.order/load")) == 1


def test_one_bad_order_of_a_hundred_fails_alone(house: House):
    batch = [house.create(str(n), product=999 if n == 57 else None) for n in range(100)]
    outcomes = house.connector.deliver(batch)
    error = error_of(outcomes[57], Rejected)
    assert error.field == "order_line"
    assert "999" in error.reason
    assert error.remedy
    assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 99
    assert len(house.twin.log.called("sale.order/load")) == 2


def test_many_bad_orders_fail_alone(house: House):
    batch = [house.create(str(n), product=999 if n % 3 else None) for n in range(30)]
    outcomes = house.connector.deliver(batch)
    assert [isinstance(outcome, Observed) for outcome in outcomes] == [
        n % 3 == 0 for n in range(30)
    ]


def test_a_partner_that_is_named_by_external_id(house: House):
    house.twin.database.name("crossdock_shop.party_x", "res.partner", house.partner)
    (outcome,) = house.connector.deliver(
        [house.create("A", partner={"external_id": "crossdock_shop.party_x"})]
    )
    observed(outcome)
    assert house.orders()[0]["partner_id"] == house.partner


def test_an_unknown_partner_is_named_in_the_refusal(house: House):
    partner = {"external_id": "crossdock_shop.nobody"}
    good, bad = house.connector.deliver([house.create("A"), house.create("B", partner=partner)])
    observed(good)
    error = error_of(bad, Rejected)
    assert (error.field, error.code) == ("partner_id", "missing")


def test_a_missing_right_is_a_refusal_with_odoos_words(house: House):
    house.twin.methods.denied.add(("sale.order", "create"))
    (outcome,) = house.connector.deliver([house.create("A")])
    assert "not allowed" in error_of(outcome, Rejected).reason


def test_a_wrong_key_is_not_authorised(house: House):
    house.twin.key = "another"
    (outcome,) = house.connector.deliver([house.create("A")])
    error_of(outcome, NotAuthorised)


class TestIdempotence:
    def test_a_replay_returns_the_same_order_and_changes_nothing(self, house: House):
        (first,) = house.connector.deliver([house.create("A")])
        effects = len(house.twin.log.effects)
        (again,) = house.connector.deliver([house.create("A")])
        assert observed(again) == observed(first)
        assert len(house.twin.log.effects) == effects

    def test_a_lost_reply_is_ambiguous_and_the_probe_adopts(self, house: House):
        house.twin.faults.add(Fault(FaultKind.REPLY_LOST, operations=("sale.order/load",), count=1))
        (outcome,) = house.connector.deliver([house.create("A")])
        error_of(outcome, Ambiguous)
        (found,) = house.connector.probe([house.create("A")])
        assert isinstance(found, Observed)
        assert found.adopted
        assert house.created() == [external_id("A")]

    def test_a_reset_is_ambiguous_and_the_probe_says_absent(self, house: House):
        house.twin.faults.add(
            Fault(FaultKind.RESET_BEFORE, operations=("sale.order/load",), count=1)
        )
        (outcome,) = house.connector.deliver([house.create("A")])
        error_of(outcome, Ambiguous)
        assert house.connector.probe([house.create("A")]) == [Absent("create:A")]

    def test_a_serialization_failure_had_no_effect(self, house: House):
        house.twin.faults.add(
            Fault(FaultKind.SERVER_ERROR, operations=("sale.order/load",), count=1)
        )
        (outcome,) = house.connector.deliver([house.create("A")])
        error_of(outcome, Unavailable)
        assert not house.orders()

    def test_lines_that_stand_in_another_order_are_read_by_their_names(self, house: House):
        effect = house.create("A")
        house.connector.deliver([effect])
        database = house.twin.database
        lines, names = database.tables["sale.order.line"], database.names
        first, second = sorted(lines)
        lines[first], lines[second] = (
            {**lines[second], "id": first}, {**lines[first], "id": second},
        )  # fmt: skip
        keys = [("sale.order.line", line) for line in (first, second)]
        names[keys[0]], names[keys[1]] = names[keys[1]], names[keys[0]]
        (outcome,) = house.connector.deliver([effect])
        seen = observed(outcome)
        assert [line["external_id"][-1] for line in seen["lines"]] == ["s", "1"]

    def test_created_but_not_read_back_is_ambiguous(self, house: House):
        house.twin.faults.add(Fault(FaultKind.RESET_BEFORE, operations=("sale.order/web_read",)))
        (outcome,) = house.connector.deliver([house.create("A")])
        assert error_of(outcome, Ambiguous).code == "not_read_back"

    def test_other_content_under_the_key_is_a_conflict(self, house: House):
        house.connector.deliver([house.create("A")])
        (outcome,) = house.connector.deliver([house.create("A", price="8", quantity="4")])
        error = error_of(outcome, Rejected)
        assert error.code == "conflict"
        assert "price_unit: Odoo has 9.99, ours is 8" in error.reason
        (found,) = house.connector.probe([house.create("A", price="8", quantity="4")])
        assert isinstance(found, Conflicting)

    @pytest.mark.parametrize(
        ("changes", "word"),
        [
            ({"product_uom_qty": 5}, "product_uom_qty"), ({"discount": 5}, "discount"),
            ({"tax_ids": [[6, 0, []]]}, "tax_ids"), ({"product_uom_id": 2}, "product_uom_id"),
        ],
    )  # fmt: skip
    def test_every_cell_of_a_line_is_compared(self, house: House, changes, word):
        house.connector.deliver([house.create("A")])
        line = min(house.twin.database.tables["sale.order.line"])
        write(house.twin.database, "sale.order.line", [line], changes)
        (found,) = house.connector.probe([house.create("A")])
        assert isinstance(found, Conflicting)
        assert word in found.difference

    def test_a_line_less_or_another_customer_is_a_conflict(self, house: House):
        house.connector.deliver([house.create("A"), house.create("B")])
        database = house.twin.database
        unlink(database, "sale.order.line", [min(database.tables["sale.order.line"])])
        write(database, "sale.order", [house.orders()[1]["id"]], {"partner_id": 1})
        first, second = house.connector.probe([house.create("A"), house.create("B")])
        assert isinstance(first, Conflicting)
        assert "lines: Odoo has 1, ours are 2" in first.difference
        assert isinstance(second, Conflicting)
        assert "partner_id" in second.difference

    def test_an_order_that_was_cancelled_in_odoo_is_not_adopted(self, house: House):
        house.connector.deliver([house.create("A")])
        action_cancel(house.twin.database, [house.orders()[0]["id"]])
        (outcome,) = house.connector.deliver([house.create("A")])
        assert error_of(outcome, Rejected).code == "conflict"

    def test_a_worker_that_remembers_a_rolled_back_attempt_does_not_mislead(self, house: House):
        """Seen on 19.0: after a refused batch one worker calls the later order invisible."""
        house.connector.deliver([house.create("A"), house.create("B", product=999)])
        assert external_id("A") in house.twin.database.poisoned
        found_a, found_b = house.connector.probe([house.create("A"), house.create("B")])
        assert isinstance(found_a, Observed)
        assert isinstance(found_b, Absent)

    def test_concurrent_deliveries_of_one_order_make_one_order(self):
        """Who loses the race is told so by `load`, sends again and gets the winner's order."""
        with TwinServer(OdooTwin(), service_time=ServiceTime(8, 0.02)) as server:
            house = House(server)
            barrier = threading.Barrier(8)

            def deliver(_):
                barrier.wait()
                return house.connector.deliver([house.create("A")])[0]

            with ThreadPoolExecutor(8) as pool:
                outcomes = list(pool.map(deliver, range(8)))
            assert house.created() == [external_id("A")]
            assert len({observed(outcome)["id"] for outcome in outcomes}) == 1

    def test_a_race_that_never_ends_is_sent_again_later(self, house: House, monkeypatch):
        text = "could not serialize access due to concurrent update\n"
        refusal = {"ids": False, "messages": [{"record": 0, "type": "error", "message": text}]}
        monkeypatch.setattr(house.twin.methods, "_load", lambda *_: refusal)
        loader = Loader(house.connector._client, pause=lambda _: None)
        (answer,) = loader.load("sale.order", ["id"], [[["x.y"]]])
        assert isinstance(answer, Unavailable)


def test_after_a_lost_connection_the_rest_of_the_batch_is_not_sent(house: House):
    batch = [house.create(str(n), product=999 if n == 0 else None) for n in range(10)]
    house.twin.faults.add(Fault(FaultKind.REPLY_LOST, operations=("sale.order/load",), count=1))
    outcomes = house.connector.deliver(batch)
    assert all(isinstance(error_of(outcome, Ambiguous), Ambiguous) for outcome in outcomes)
    assert len(house.twin.log.called("sale.order/load")) == 1


def test_the_request_is_final_bytes(house: House):
    request = json.loads(house.create("A").request)
    assert set(request) == {"fields", "rows"}
    assert request["rows"][0][0] == external_id("A")
    assert request["rows"][1][0] == ""
