import pytest

from crossdock.ops.replay import (
    OnItsWay,
    Preview,
    UnknownMessage,
    preview_replay,
    replay_message,
)
from crossdock.ops.word import Word
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

EVERYTHING = (
    "SELECT (SELECT count(*) FROM effect) AS effects, (SELECT count(*) FROM event) AS events, "
    "(SELECT count(*) FROM hold) AS holds, (SELECT count(*) FROM identity_claim) AS claims, "
    "(SELECT string_agg(state || attempts, ',' ORDER BY message_id) FROM message) AS messages, "
    "(SELECT string_agg(status || updated_at, ',' ORDER BY work_key) FROM document) AS documents"
)


def first_message(house: PaperHouse) -> int:
    found: int = house.rows("SELECT min(message_id) AS id FROM message")[0].id
    return found


def preview(house: PaperHouse) -> Preview:
    return preview_replay(house.store, house.registry, house.clock, first_message(house))


def replay(house: PaperHouse, message_id: int, word: Word) -> str:
    with house.store.transaction() as tx:
        return replay_message(tx, message_id, word)


def test_replaying_what_was_done_repeats_no_effect(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1))
    house.settle()
    calls, answers = list(house.erp.calls), list(house.shop.answers)
    for row in house.rows("SELECT message_id FROM message ORDER BY message_id"):
        assert replay(house, row.message_id, word) == "done"
    house.settle()
    assert (house.erp.calls, house.shop.answers) == (calls, answers)
    assert house.status() == "confirmed"


def test_a_dry_run_says_what_would_happen_and_changes_nothing(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    house.rows("DELETE FROM identity_claim RETURNING 1")
    before = house.rows(EVERYTHING)
    still_held = preview(house)
    assert (still_held.message_before, still_held.message_after) == ("held", "held")
    assert still_held.new_effects == 0
    house.rows("UPDATE projection_key SET key = 'sku:NEW' WHERE key = 'sku:A-1' RETURNING 1")
    mended = preview(house)
    assert (mended.document_before, mended.document_after) == ("held", "accepted")
    assert [e for e, _ in mended.events] == ["sales_order.accepted"]
    assert [(e.operation, e.state) for e in mended.effects] == [("create_sales_order", "new")]
    assert house.rows(EVERYTHING) == before


def test_a_dry_run_knows_what_was_done(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    house.rows(
        "UPDATE document SET status = 'held', "
        "data = jsonb_set(data, '{status}', to_jsonb('held'::text)) RETURNING 1"
    )
    found = preview(house)
    assert [(e.operation, e.state) for e in found.effects] == [("create_sales_order", "done")]
    assert found.new_effects == 0


def test_replay_of_a_dead_message_closes_its_hold(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    message_id = first_message(house)
    assert replay(house, message_id, word) == "held"
    house.rows("UPDATE projection_key SET key = 'sku:NEW' WHERE key = 'sku:A-1' RETURNING 1")
    house.settle()
    assert house.status() == "confirmed"
    [hold] = house.rows("SELECT closed_by, resolution FROM hold")
    assert (hold.closed_by, hold.resolution) == ("anna", "replayed")
    [act] = house.rows("SELECT action, subject FROM audit")
    assert (act.action, act.subject) == ("message.replay", f"message:{message_id}")


def test_what_is_on_its_way_is_not_replayed(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1))
    with pytest.raises(OnItsWay, match="is waiting"):
        replay(house, first_message(house), word)
    with pytest.raises(UnknownMessage, match="no message 12345"):
        replay(house, 12345, word)
