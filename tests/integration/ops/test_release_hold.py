import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from crossdock.engine.breaker import begin_probe, failed
from crossdock.engine.channels import APPLY
from crossdock.engine.outcome_policy import UNKNOWN
from crossdock.governance.audit import list_acts, verify_chain
from crossdock.ops.exceptions import Hold, HoldFilter, UnknownHold, find_hold, list_holds
from crossdock.ops.refuse_message import NothingToReject
from crossdock.ops.release_hold import ClosedAlready, Released, release_hold
from crossdock.ops.settle_effect import ObservationMissing
from crossdock.ops.word import Resolution, Word
from crossdock.ports.errors import Ambiguous, NotAuthorised
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

RETRY, DONE, REJECT = Resolution.RETRY, Resolution.DONE, Resolution.REJECT


def holds(house: PaperHouse, **wanted: Any) -> list[Hold]:
    with house.store.transaction() as tx:
        return list_holds(tx, HoldFilter(**wanted))


def release(
    house: PaperHouse, hold: Hold, resolution: Resolution, word: Word, observed: Any = None
) -> Released:
    with house.store.transaction() as tx:
        return release_hold(tx, house.registry, hold.hold_id, resolution, word, observed)


def know_sku(house: PaperHouse, code: str) -> None:
    house.rows(
        "INSERT INTO projection_key (connection_id, company_id, kind, key, external_id) "
        "VALUES (%(c)s, 1, 'products', %(k)s, '1') RETURNING key",
        c=house.erp.connection.connection_id,
        k=f"sku:{code}",
    )


def test_the_dearest_question_comes_first_and_its_command_can_be_copied(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="X"), order_body(2, sku="Y", price="900.00"))
    house.settle()
    dear, cheap = holds(house)
    assert [dear.name, dear.value_amount, dear.value_currency] == ["#2", Decimal("1800.00"), "EUR"]
    assert (dear.code, dear.need, dear.owner) == ("unknown_sku", "sku:shop:Y", "order_desk")
    assert "`crossdock map sku shop Y " in dear.fix
    with house.store.transaction() as tx:
        assert list_holds(tx, by_value=False) == [cheap, dear]
    assert holds(house, code="unknown_unit") == []
    assert holds(house, need="sku:shop:X") == [cheap]


def test_retry_puts_a_message_back_and_it_goes_through(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    [hold] = holds(house)
    know_sku(house, "NEW")
    released = release(house, hold, RETRY, word)
    assert (released.subject, released.state) == (f"message {hold.message_id}", "waiting")
    house.settle()
    assert house.status() == "confirmed"
    assert holds(house) == []
    with house.store.transaction() as tx:
        closed = find_hold(tx, hold.hold_id)
    assert (closed.closed_by, closed.resolution) == ("anna", "retry: because")


def test_a_release_wakes_the_apply_stage(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    heard = house.store.listen([APPLY], 0.2)
    assert next(heard) is None
    release(house, holds(house)[0], RETRY, word)
    notification = next(heard)
    assert notification is not None
    assert notification.channel == APPLY


def test_every_release_is_in_the_audit(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    [hold] = holds(house)
    release(house, hold, DONE, word)
    with house.store.transaction() as tx:
        [act] = list_acts(tx, subject=f"hold:{hold.hold_id}")
        assert not verify_chain(tx, 1).broken
    assert (act.principal, act.action) == ("anna", "hold.release_as_done")
    assert act.detail["work_key"] == "shop:order:1"
    assert act.detail["why"] == "because"


def test_done_ends_the_message_and_sends_nothing(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    release(house, holds(house)[0], DONE, word)
    house.settle()
    assert house.message_states() == ["done"]
    assert (house.erp.calls, house.shop.answers) == ([], [])


def test_reject_tells_the_channel_why_once(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    [hold] = holds(house)
    assert release(house, hold, REJECT, word).state == "rejected"
    house.settle()
    assert (house.status(), house.message_states()) == ("rejected", ["rejected"])
    assert [(a["status"], a["reason"]) for a in house.shop.answers] == [("rejected", "because")]
    assert holds(house) == []
    with house.store.transaction() as tx:
        assert find_hold(tx, hold.hold_id).closed_by == "anna"
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    assert len(house.shop.answers) == 1
    assert house.rows("SELECT 1 FROM lease") == []


def test_reject_of_what_no_process_knows_just_ends_it(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, quantity="-1"))
    house.settle()
    release(house, holds(house)[0], REJECT, word)
    assert house.message_states() == ["rejected"]


def test_a_hold_is_released_once(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    [hold] = holds(house)
    release(house, hold, DONE, word)
    with pytest.raises(ClosedAlready, match="closed by anna"):
        release(house, hold, RETRY, word)
    with pytest.raises(UnknownHold, match="no hold 999"), house.store.transaction() as tx:
        release_hold(tx, house.registry, 999, RETRY, word)


@pytest.fixture
def unknown_outcome(house: PaperHouse) -> PaperHouse:
    """A draft whose creation is held: its outcome stayed unknown to the last attempt."""

    def lose(_operation: str) -> None:
        raise Ambiguous("the line went dead")

    house.arrive(order_body(1))
    house.applier().apply_once()
    house.erp.after = lose
    house.rows("UPDATE effect SET strikes = 19, cause = %(c)s RETURNING 1", c=UNKNOWN)
    house.deliverer().deliver_once()
    house.erp.after = lambda operation: None
    assert [r.state for r in house.rows("SELECT state FROM effect")] == ["held"]
    return house


def test_retry_of_an_effect_looks_before_it_sends(unknown_outcome: PaperHouse, word: Word) -> None:
    house = unknown_outcome
    released = release(house, holds(house)[0], RETRY, word)
    assert released.state == "waiting"
    assert [r.must_probe for r in house.rows("SELECT must_probe FROM effect")] == [True]
    house.settle()
    assert house.erp.probes == [("create_sales_order", 1)]
    assert house.erp.calls.count(("create_sales_order", 1)) == 1
    assert (house.status(), len(house.erp.orders)) == ("confirmed", 1)


def test_an_effect_that_can_be_looked_up_is_not_done_on_a_word(
    unknown_outcome: PaperHouse, word: Word
) -> None:
    house = unknown_outcome
    with pytest.raises(ObservationMissing, match="--as retry"):
        release(house, holds(house)[0], DONE, word)
    assert [r.state for r in house.rows("SELECT state FROM effect")] == ["held"]
    assert len(holds(house)) == 1


def test_done_of_an_effect_tells_its_process_what_stands_there(
    unknown_outcome: PaperHouse, word: Word
) -> None:
    house = unknown_outcome
    [order] = house.erp.orders.values()
    assert release(house, holds(house)[0], DONE, word, dict(order)).state == "done"
    house.settle()
    assert house.status() == "confirmed"
    assert house.erp.probes == []


def test_reject_of_an_effect_tells_its_process(unknown_outcome: PaperHouse, word: Word) -> None:
    house = unknown_outcome
    assert release(house, holds(house)[0], REJECT, word).state == "rejected"
    house.settle()
    assert house.status() == "blocked"
    assert "because" in holds(house)[0].reason


def test_a_question_about_a_connection_tries_everything_at_once(
    house: PaperHouse, word: Word
) -> None:
    def refuse(_operation: str) -> None:
        raise NotAuthorised("the key has expired", remedy="make a new one")

    house.arrive(order_body(1))
    house.applier().apply_once()
    house.erp.before = refuse
    house.deliverer().deliver_once()
    [hold] = holds(house)
    assert (hold.code, hold.message_id, hold.effect_id) == ("not_authorised", None, None)
    with pytest.raises(NothingToReject):
        release(house, hold, REJECT, word)
    house.erp.before = lambda operation: None
    assert house.deliverer().deliver_once() == 0
    assert release(house, hold, RETRY, word).subject == "connection erp"
    house.settle()
    assert house.status() == "confirmed"


def test_a_blocked_order_is_tried_anew_when_released(house: PaperHouse, word: Word) -> None:
    house.erp.refuse = {"A-1"}
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "blocked"
    house.erp.refuse = set()
    release(house, holds(house)[0], RETRY, word)
    house.settle()
    assert (house.status(), len(house.erp.orders)) == ("confirmed", 1)
    assert json.dumps(house.shop.answers).count('"accepted"') == 1


def test_a_silent_connection_is_tried_at_once_when_a_person_says_so(
    house: PaperHouse, word: Word
) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    attached, now = house.registry.by_name("erp"), house.clock.now()
    with house.store.transaction() as tx:
        for minutes in (20, 20, 20, 20, 20, 1):
            at = now - timedelta(minutes=minutes)
            failed(tx, attached, "connection refused", at, Random(1), probing=minutes == 1)
        begin_probe(tx, attached.connection.connection_id, now + timedelta(minutes=5), now)
    [hold] = [h for h in holds(house) if h.code == "unreachable"]
    assert "no answer since" in hold.reason
    assert house.deliverer().deliver_once() == 0
    assert release(house, hold, RETRY, word).subject == "connection erp"
    assert house.deliverer().deliver_once() == 1
    assert house.rows("SELECT 1 FROM breaker WHERE opened_at IS NOT NULL") == []


def test_a_release_takes_the_tolerance_that_is_set_now(house: PaperHouse, word: Word) -> None:
    house.erp.surcharge = Decimal("0.02")
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "mismatched"
    settings = {**house.shop.connection.settings, "total_tolerance": "0.05"}
    house.registry.attach(replace(house.shop.connection, settings=settings), house.shop)
    [hold] = [h for h in holds(house) if h.code == "total_mismatch"]
    release(house, hold, RETRY, word)
    house.settle()
    assert house.status() == "confirmed"


def test_what_a_system_answered_cannot_be_refused(house: PaperHouse, word: Word) -> None:
    """The order would be nobody's: mismatched, unanswered, without a question."""
    house.erp.surcharge = Decimal("0.02")
    house.arrive(order_body(1))
    house.settle()
    [hold] = [h for h in holds(house) if h.code == "total_mismatch"]
    with pytest.raises(NothingToReject, match="cancel the order on its channel"):
        release(house, hold, Resolution.REJECT, word)
    assert [h.code for h in holds(house)] == ["total_mismatch"]
