"""What a listing shows and nobody brought is read at its source, and no reading is lost."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.sightings import read_unknown
from crossdock.ops.release_hold import release_hold
from crossdock.ops.word import Resolution, Word
from crossdock.ports.effect import EffectToSend, Failed
from crossdock.ports.errors import Rejected
from crossdock.ports.sweep import Sighting
from tests.support.invariants import ownerless
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse

ACCESS_DENIED = Rejected(
    "access denied to this order", code="access_denied", remedy="grant read_all_orders"
)
NOT_FOUND = Rejected("order 5 does not exist", code="not_found")


def sighted(version: int = 1, *, cancelled: bool | None = None) -> Sighting:
    return Sighting("shop:order:5", f"{version:08d}", "5", total="20.00", cancelled=cancelled)


def see(house: PaperHouse, *sightings: Sighting) -> int:
    """How many were asked for."""
    with house.store.transaction() as tx:
        return read_unknown(tx, house.registry.by_name("shop"), sightings, house.clock.now())


def refuse(monkeypatch: pytest.MonkeyPatch, error: Rejected) -> None:
    def deliver(self: PaperShop, batch: Sequence[EffectToSend]) -> list[Failed]:
        return [Failed(effect.effect_key, error) for effect in batch]

    monkeypatch.setattr(PaperShop, "deliver", deliver)


def open_holds(house: PaperHouse) -> Sequence[Any]:
    return house.rows("SELECT * FROM hold WHERE closed_at IS NULL")


def test_a_refused_reading_is_a_persons_and_is_read_when_it_is_mended(
    house: PaperHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order the shop lists and we may not read: nobody else would ever know of it."""
    house.shop.orders[5] = order_body(5)
    assert see(house, sighted()) == 1
    refuse(monkeypatch, ACCESS_DENIED)
    house.settle()
    (hold,) = open_holds(house)
    assert hold.work_key == "shop:order:5"
    assert (hold.code, hold.owner) == ("access_denied", "integration")
    assert "access denied" in hold.reason
    assert hold.fix.startswith("grant read_all_orders; then `crossdock holds release")
    assert see(house, sighted()) == 0, "a person has it"
    assert not ownerless(house)
    monkeypatch.undo()
    with house.store.transaction() as tx:
        word = Word("anna", clock.now())
        release_hold(tx, house.registry, hold.hold_id, Resolution.RETRY, word)
    house.settle()
    assert house.status(5) == "confirmed"
    assert "access_denied" not in {hold.code for hold in open_holds(house)}


def test_a_refused_reading_keeps_no_later_version_from_being_read(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(house, sighted(1))
    refuse(monkeypatch, ACCESS_DENIED)
    house.settle()
    monkeypatch.undo()
    house.shop.orders[5] = order_body(5, version=2)
    assert see(house, sighted(2)) == 1
    house.settle()
    assert house.status(5) == "confirmed"


def test_what_is_gone_ends_quietly_and_is_asked_for_when_it_is_listed_again(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing may be ahead of what it lists."""
    refuse(monkeypatch, NOT_FOUND)
    for _ in range(3):
        assert see(house, sighted()) == 1
        assert see(house, sighted()) == 0, "it is being read"
        house.settle()
    assert not open_holds(house)
    monkeypatch.undo()
    house.shop.orders[5] = order_body(5)
    assert see(house, sighted()) == 1
    house.settle()
    assert house.status(5) == "confirmed"
    assert see(house, sighted()) == 0


def test_a_reading_older_than_what_was_sighted_is_repeated(
    house: PaperHouse, clock: ManualClock
) -> None:
    """The listing and the record may come from replicas, one of which lags."""
    house.arrive(order_body(5, version=1))
    house.settle()
    house.shop.orders[5] = order_body(5, version=1)
    assert see(house, sighted(2)) == 1
    house.settle()
    assert house.rows("SELECT state FROM effect WHERE operation = 'read_order'")[0].state == (
        "waiting"
    )
    house.shop.orders[5] = order_body(5, version=3, note="later still")
    clock.advance(timedelta(minutes=1))
    house.settle()
    assert house.rows("SELECT source_version FROM document")[0].source_version == "00000003"


def test_a_cancellation_in_the_same_second_as_another_change_is_seen(house: PaperHouse) -> None:
    """Its version is known and its total is equal; the webhook that told of it was lost."""
    house.arrive(order_body(5))
    house.settle()
    assert see(house, sighted(cancelled=False)) == 0
    house.shop.orders[5] = order_body(5, cancelled=True)
    assert see(house, sighted(cancelled=True)) == 1
    house.settle()
    last = house.rows("SELECT source, end_code FROM message WHERE kind = 'paper.order'")[-1]
    assert (last.source, last.end_code) == ("reread", "cancelled_after_confirmation")
    assert "cancelled_after_confirmation" in {hold.code for hold in open_holds(house)}
    assert see(house, sighted(cancelled=True)) == 0
