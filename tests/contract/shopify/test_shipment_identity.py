"""A shipment is known by itself: not by tracking numbers or pieces, which others may share."""

import json
from dataclasses import replace

import pytest

from crossdock.connectors.shopify import shipments
from crossdock.connectors.shopify.fulfilment_state import read_fulfilment
from crossdock.connectors.shopify.shipment_record import ShipmentRecord
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.fulfilment_records import SECOND
from crossdock.domain.fulfilment import Parcel
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.erp import SEND_SHIPMENT
from crossdock.ports.errors import Ambiguous, NotYet, Rejected
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.shipping import TRACKED, effect, fulfilled, order_of, shipment

NUMBER = TRACKED[0].tracking_number
UNTRACKED = (Parcel(parcel_id="1"),)


def told(shop, order, units, name="1", parcels=TRACKED, **given):
    """The effect of a shipment, by its name."""
    document = shipment(order, units, parcels, name)
    return effect(shop, SEND_SHIPMENT, document, key=f"tell:{name}", **given)


def send(shop, sent):
    (outcome,) = shop.deliver([sent])
    return outcome


def probe(shop, sent):
    (found,) = shop.probe([sent])
    return found


def lose(twin, *operations):
    """The next reply is lost, after the request was done."""
    twin.faults.add(Fault(FaultKind.REPLY_LOST, operations=operations, count=1))


def recorded(order):
    """The record on the order, its tries left out."""
    entries = json.loads(order.metafields["crossdock", "shipments"]["value"])
    return {key.partition("/")[2]: entry["fulfilments"] for key, entry in entries.items()}


def numbers(order):
    return [str(f.fulfilment_id) for f in order.fulfilments]


@pytest.mark.parametrize("parcels", [TRACKED, UNTRACKED])
class TestTwoAlike:
    """Two shipments of equal pieces, under one tracking number or without any."""

    def test_are_told_as_two(self, twin, shop, parcels):
        order = order_of(twin, 4)
        for name in "12":
            outcome = send(shop, told(shop, order, {0: 1}, name, parcels))
            assert isinstance(outcome, Observed)
            assert not outcome.adopted
        assert fulfilled(order) == [{0: 1}, {0: 1}]
        one, two = numbers(order)
        assert recorded(order) == {"1": [one], "2": [two]}

    def test_the_second_that_was_never_made_is_absent(self, twin, shop, parcels):
        order = order_of(twin, 4)
        send(shop, told(shop, order, {0: 1}, "1", parcels))
        assert isinstance(probe(shop, told(shop, order, {0: 1}, "2", parcels)), Absent)

    def test_each_is_found_as_its_own(self, twin, shop, parcels):
        order = order_of(twin, 4)
        both = [told(shop, order, {0: 1}, name, parcels) for name in "12"]
        made = [send(shop, sent) for sent in both]
        for sent, outcome in zip(both, made, strict=True):
            assert probe(shop, sent).observation == outcome.observation
            assert send(shop, replace(sent, attempt=2)).observation == outcome.observation
        assert len(order.fulfilments) == 2


class TestOneNumberOfMany:
    @pytest.mark.parametrize("attempt", [1, 2])
    def test_other_pieces_under_the_number_are_told_whole(self, twin, shop, attempt):
        order = order_of(twin, 4)
        send(shop, told(shop, order, {0: 1}, "1"))
        outcome = send(shop, told(shop, order, {0: 3}, "2", attempt=attempt))
        assert isinstance(outcome, Observed)
        assert fulfilled(order) == [{0: 1}, {0: 3}]

    @pytest.mark.parametrize("operation", ["CreateFulfilment", "RecordShipments"])
    def test_the_second_whose_reply_is_lost(self, twin, shop, operation):
        order = order_of(twin, 4)
        send(shop, told(shop, order, {0: 1}, "1"))
        lose(twin, operation)
        second = told(shop, order, {0: 1}, "2")
        assert isinstance(send(shop, second).error, Ambiguous)
        found = probe(shop, second)
        if isinstance(found, Absent):
            found = send(shop, second)
        assert found.observation["name"] == f"{order.name}-F2"
        one, two = numbers(order)
        assert recorded(order) == {"1": [one], "2": [two]}

    def test_what_a_person_entered_is_taken_by_one_only(self, twin, shop):
        order = order_of(twin, 4)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 1, NUMBER)
        outcomes = [send(shop, told(shop, order, {0: 1}, name)) for name in "12"]
        assert [outcome.adopted for outcome in outcomes] == [True, False]
        assert fulfilled(order) == [{0: 1}, {0: 1}]

    def test_a_probe_that_finds_it_keeps_it_from_others(self, twin, shop):
        order = order_of(twin, 4)
        lose(twin, "CreateFulfilment")
        first = told(shop, order, {0: 1}, "1")
        send(shop, first)
        assert isinstance(probe(shop, first), Observed)
        assert not send(shop, told(shop, order, {0: 1}, "2")).adopted
        assert fulfilled(order) == [{0: 1}, {0: 1}]

    def test_one_that_may_be_anothers_is_a_persons(self, twin, shop):
        """The first was settled by hand, so nobody recorded what became of its try."""
        order = order_of(twin, 4)
        lose(twin, "CreateFulfilment")
        send(shop, told(shop, order, {0: 1}, "1"))
        outcome = send(shop, told(shop, order, {0: 1}, "2"))
        assert isinstance(outcome.error, Rejected)
        assert "may be of another shipment" in outcome.error.reason
        assert fulfilled(order) == [{0: 1}]


class TestNumbersThatChange:
    """People add, replace and remove numbers after our reply was lost."""

    def lost(self, twin, shop, parcels=TRACKED):
        order = order_of(twin, 4)
        lose(twin, "CreateFulfilment")
        sent = told(shop, order, {0: 1}, "1", parcels)
        assert isinstance(send(shop, sent).error, Ambiguous)
        return order, sent

    def test_a_number_that_was_added(self, twin, shop):
        order, sent = self.lost(twin, shop)
        with twin.lock:
            order.fulfilments[0].numbers.append("of the return label")
        assert isinstance(probe(shop, sent), Observed)
        assert isinstance(send(shop, replace(sent, attempt=2)), Observed)
        assert fulfilled(order) == [{0: 1}]

    @pytest.mark.parametrize("given", [[], ["another"]])
    def test_a_number_that_is_gone_is_a_persons(self, twin, shop, given):
        order, sent = self.lost(twin, shop)
        with twin.lock:
            order.fulfilments[0].numbers[:] = given
        found = probe(shop, sent)
        assert isinstance(found, Conflicting)
        assert "give it our tracking number" in found.difference
        assert send(shop, replace(sent, attempt=2)).error.code == "nobody_can_tell"
        assert fulfilled(order) == [{0: 1}]
        with twin.lock:
            order.fulfilments[0].numbers.append(NUMBER)
        assert isinstance(probe(shop, sent), Observed)

    def test_what_else_people_made_meanwhile_is_not_ours(self, twin, shop):
        order = order_of(twin, 9)
        twin.faults.add(Fault(FaultKind.RESET_BEFORE, operations=("CreateFulfilment",), count=1))
        sent = told(shop, order, {0: 2}, "1", UNTRACKED)
        assert isinstance(send(shop, sent).error, Ambiguous)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 5)
        assert isinstance(probe(shop, sent), Absent)
        assert isinstance(send(shop, sent), Observed)
        assert fulfilled(order) == [{0: 5}, {0: 2}]

    def test_what_stood_before_we_tried_is_not_ours(self, twin, shop):
        order = order_of(twin, 9)
        with twin.lock:
            changes.fulfil_by_hand(twin.shop, order, NOW, 0, 2)
        twin.faults.add(Fault(FaultKind.RESET_BEFORE, operations=("CreateFulfilment",), count=1))
        sent = told(shop, order, {0: 2}, "1", UNTRACKED)
        send(shop, sent)
        assert isinstance(probe(shop, sent), Absent)


class TestPartsOfOne:
    """A shipment from two locations takes two fulfilments."""

    def half(self, twin, shop, monkeypatch, error):
        order = order_of(twin, 4)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
        create = shipments._create
        made: list[object] = []

        def once(*given):
            if made:
                raise error
            made.append(create(*given))
            return made[0]

        with monkeypatch.context() as patched:
            patched.setattr(shipments, "_create", once)
            assert isinstance(send(shop, told(shop, order, {0: 4})).error, Ambiguous)
        assert fulfilled(order) == [{0: 2}]
        return order

    @pytest.mark.parametrize("attempt", [1, 2])
    def test_a_refused_half_goes_on_when_a_person_releases_it(
        self, twin, shop, monkeypatch, attempt
    ):
        refused = Rejected("the location is on hold", remedy="release it")
        order = self.half(twin, shop, monkeypatch, refused)
        assert isinstance(probe(shop, told(shop, order, {0: 4})), Absent)
        document = shipment(order, {0: 4})
        anew = effect(shop, SEND_SHIPMENT, document, key="tell:1:2", attempt=attempt)
        assert isinstance(send(shop, anew), Observed)
        assert fulfilled(order) == [{0: 2}, {0: 2}]
        assert recorded(order) == {"1": numbers(order)}

    def test_a_half_whose_reply_is_lost_goes_on(self, twin, shop):
        order = order_of(twin, 4)
        with twin.lock:
            changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
        lose(twin, "CreateFulfilment")
        sent = told(shop, order, {0: 4})
        assert isinstance(send(shop, sent).error, Ambiguous)
        assert isinstance(probe(shop, sent), Absent)
        assert recorded(order) == {"1": numbers(order)}
        assert isinstance(send(shop, sent), Observed)
        assert fulfilled(order) == [{0: 2}, {0: 2}]

    def test_a_shipment_between_two_halves_takes_none(self, twin, shop, monkeypatch):
        refused = Rejected("the location is on hold")
        order = self.half(twin, shop, monkeypatch, refused)
        assert not send(shop, told(shop, order, {0: 2}, "2")).adopted
        assert fulfilled(order) == [{0: 2}, {0: 2}]


class TestTheRecord:
    def test_two_who_write_at_once(self, twin, shop, monkeypatch):
        """Of two workers one is refused, and makes nothing."""
        order = order_of(twin, 4)
        other = told(shop, order, {0: 1}, "2")
        raced: list[object] = []

        def then_another(*given):
            state = read_fulfilment(*given)
            if not raced:
                monkeypatch.undo()
                raced.append(send(shop, other))
            return state

        monkeypatch.setattr(f"{shipments.__name__}.read_fulfilment", then_another)
        outcome = send(shop, told(shop, order, {0: 1}, "1"))
        assert [type(each) for each in raced] == [Observed]
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, NotYet)
        assert fulfilled(order) == [{0: 1}]

    @pytest.mark.parametrize("value", ["[]", '{"F1/1": 3}', '{"F1/1": {}}', '{"F1/1": null}'])
    def test_one_that_somebody_overwrote_is_a_persons(self, twin, shop, value):
        order = order_of(twin, 4)
        send(shop, told(shop, order, {0: 1}))
        with twin.lock:
            order.metafields["crossdock", "shipments"]["value"] = value
        sent = told(shop, order, {0: 1}, "2")
        assert send(shop, sent).error.code == "record_changed"
        assert isinstance(probe(shop, sent), Failed)
        assert fulfilled(order) == [{0: 1}]

    def test_what_is_recorded_with_fewer_pieces_conflicts(self, twin, shop):
        order = order_of(twin, 4)
        send(shop, told(shop, order, {0: 3}))
        sent = told(shop, order, {0: 1})
        assert isinstance(probe(shop, sent), Conflicting)
        assert send(shop, sent).error.code == "other_lines"

    def test_what_was_made_and_could_not_be_recorded_is_found(self, twin, shop, monkeypatch):
        order = order_of(twin, 4)
        send(shop, told(shop, order, {0: 1}, "1"))
        second = told(shop, order, {0: 1}, "2")

        def lost(_record, _name, ids):
            if ids:
                raise Ambiguous("no reply", code="no_reply")

        with monkeypatch.context() as patched:
            patched.setattr(ShipmentRecord, "add", lost)
            error = send(shop, second).error
        assert isinstance(error, Ambiguous)
        assert f"{order.name}-F2 was made" in error.reason
        assert probe(shop, second).observation["name"] == f"{order.name}-F2"
        one, two = numbers(order)
        assert recorded(order) == {"1": [one], "2": [two]}

    def test_nothing_is_made_that_cannot_be_recorded(self, twin, shop):
        order = order_of(twin, 4)
        fault = Fault(FaultKind.RESET_BEFORE, operations=("RecordShipments",), count=1)
        twin.faults.add(fault)
        sent = told(shop, order, {0: 1})
        assert isinstance(send(shop, sent).error, Ambiguous)
        assert isinstance(probe(shop, sent), Absent)
        assert fulfilled(order) == []
