"""Events in: by webhook and by sweep the same message, doubled and shuffled the same set."""

import json
import random
from datetime import timedelta

import pytest

from crossdock.domain.fulfilment import (
    StockAdjustment,
    StockCount,
    WarehouseEvent,
    WarehouseEventKind,
)
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival, MessageIdentity
from tests.contract.wms.conformity import check_event
from tests.contract.wms.documents import fulfilment_order, send

PLAIN = {
    "event_id": "e1", "type": "picked", "fulfilment_id": "F-1", "order_key": "k",
    "occurred_at": "2026-11-21T09:00:00+01:00",
}  # fmt: skip
LINE = {"line_id": "L1", "sku": "A", "quantity": {"amount": "2", "unit": "EA"}}


def arrival(**fields) -> Arrival:
    return Arrival("webhook", {}, json.dumps({**PLAIN, **fields}).encode())


def messages(wms, arrivals) -> dict[str, tuple[MessageIdentity, object]]:
    found = {}
    for one in arrivals:
        identity = wms.identify(one)
        found[identity.message_key] = (identity, wms.translate(identity.kind, one))
    return found


class TestBothDoors:
    def test_webhooks_and_feed_bring_the_same_messages(self, twin, wms, receiver, clock):
        twin.use(
            twin.behaviour.from_json(
                {"short_picks": 0.5, "split_parcels": 0.5, "two_shipments": 0.5, "lots": 0.5,
                 "rejected": 0.2}
            )
        )  # fmt: skip
        send(wms, *(fulfilment_order(n, "4", "3") for n in range(12)))
        twin.work(99)
        with twin.lock:
            twin._controls._stock("POST", "", {"sku": "SKU-1", "counted": "7.5", "unit": "kg"})
            twin._controls._stock("POST", "", {"sku": "SKU-1", "change": "-1", "reason": "broken"})
        told = len(twin.warehouse.events)
        receiver.wait_for(told)
        for one in receiver.arrivals:
            wms.authenticate(one)
            check_event(one.body)
        swept = [a for page in wms.sweep("events", None, clock.now()) for a in page.arrivals]
        by_webhook, by_sweep = messages(wms, receiver.arrivals), messages(wms, swept)
        assert len(by_webhook) == told
        assert by_webhook == by_sweep
        kinds = {d.kind for _, d in by_sweep.values() if isinstance(d, WarehouseEvent)}
        assert kinds == set(WarehouseEventKind) - {WarehouseEventKind.CANCELLED}

    def test_doubled_and_shuffled_they_are_the_same_set(self, twin, wms, clock):
        send(wms, *(fulfilment_order(n) for n in range(5)))
        twin.work(99)
        (page,) = wms.sweep("events", None, clock.now())
        once = messages(wms, page.arrivals)
        for seed in range(5):
            again = [*page.arrivals, *page.arrivals]
            random.Random(seed).shuffle(again)
            assert messages(wms, again) == once

    def test_late_lost_doubled_and_shuffled_webhooks_leave_the_feed_whole(
        self, twin, wms, receiver, clock
    ):
        twin.webhooks.use(
            twin.webhooks.plan.from_json(
                {"lost": 0.2, "duplicated": 0.3, "late": 0.2, "late_seconds": 0.2,
                 "reordered": 0.3, "reordered_seconds": 0.1}
            )
        )  # fmt: skip
        send(wms, *(fulfilment_order(n) for n in range(10)))
        twin.work(99)
        assert twin.webhooks.wait_idle(10)
        counts = twin.webhooks.counts
        assert all(counts[n] for n in ("lost", "duplicated", "late", "reordered"))
        by_webhook = messages(wms, receiver.arrivals)
        (page,) = wms.sweep("events", None, clock.now())
        by_sweep = messages(wms, page.arrivals)
        assert by_webhook.items() <= by_sweep.items()
        assert len(by_sweep) == len(twin.warehouse.events)

    def test_both_secrets_sign_while_one_is_exchanged(self, twin, wms, receiver, clock):
        twin.webhooks.secrets.insert(0, "a-newer-one")
        send(wms, fulfilment_order())
        twin.work(1)
        receiver.wait_for(1)
        wms.authenticate(receiver.arrivals[0])

    def test_a_delivery_of_last_month_is_taken(self, twin, wms, receiver, clock):
        send(wms, fulfilment_order())
        twin.work(1)
        receiver.wait_for(1)
        clock.advance(timedelta(days=30))
        wms.authenticate(receiver.arrivals[0])


class TestIdentity:
    def test_fulfilment_events_are_about_the_order(self, wms):
        identity = wms.identify(arrival())
        assert identity == MessageIdentity("wms.event", "event:e1", "k")

    def test_stock_events_are_about_the_sku(self, wms):
        for name, kind in (("counted", "stock_count"), ("adjusted", "stock_adjustment")):
            identity = wms.identify(arrival(type=f"stock.{name}", sku="A 1"))
            assert identity == MessageIdentity(f"wms.{kind}", "event:e1", "wms:stock:A 1")

    def test_the_id_alone_is_the_key(self, wms):
        """Two spellings of one event are one message; a fact applied twice is the greater evil."""
        spelled = Arrival("events", {}, json.dumps({**PLAIN, "lines": [], "new": 1}).encode())
        assert wms.identify(spelled) == wms.identify(arrival())

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"event_id": ""}, "event_id"),
            ({"event_id": 7}, "event_id"),
            ({"event_id": "x" * 129}, "event_id"),
            ({"type": None}, "type"),
            ({"order_key": "x" * 256}, "order_key"),
            ({"type": "stock.counted"}, "sku"),
        ],
    )
    def test_without_a_name_it_is_unreadable(self, wms, fields, field):
        with pytest.raises(Unreadable) as unreadable:
            wms.identify(arrival(**fields))
        assert unreadable.value.field == field
        assert unreadable.value.remedy

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null"])
    def test_nonsense_is_unreadable(self, wms, body):
        with pytest.raises(Unreadable):
            wms.identify(Arrival("webhook", {}, body))

    def test_an_unknown_type_is_kept_with_its_order(self, wms):
        unknown = arrival(type="robot.tired")
        assert wms.identify(unknown).work_key == "k"
        with pytest.raises(Unreadable) as unreadable:
            wms.translate("wms.event", unknown)
        assert unreadable.value.field == "type"
        assert "robot.tired" in unreadable.value.reason
        assert "upgrade" in unreadable.value.remedy


class TestTranslation:
    def test_unknown_fields_are_no_obstacle(self, wms):
        line = {**LINE, "bin": "B-7"}
        document = wms.translate("wms.event", arrival(lines=[line], robot={"id": 7}))
        assert [str(line.quantity) for line in document.lines] == ["2 EA"]

    def test_amounts_as_numbers_stay_exact(self, wms):
        body = arrival(lines=[LINE]).body.replace(b'"2"', b"12345678901234.123456")
        document = wms.translate("wms.event", Arrival("webhook", {}, body))
        assert str(document.lines[0].quantity.amount) == "12345678901234.123456"

    def test_lines_of_nothing_are_left_out(self, wms):
        nothing = {**LINE, "line_id": "L2", "quantity": {"amount": "0", "unit": "EA"}}
        document = wms.translate("wms.event", arrival(lines=[LINE, nothing]))
        assert [line.line_id for line in document.lines] == ["L1"]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"type": "shipped", "shipment_id": "S1"}, "lines"),
            ({"type": "shipped", "lines": [LINE]}, "shipment_id"),
            ({"type": "delivered"}, "shipment_id"),
            ({"type": "short_picked"}, "lines"),
            ({"fulfilment_id": None}, "fulfilment_id"),
            ({"occurred_at": "2026-11-21T09:00:00"}, "occurred_at"),
            ({"order_key": "k\0"}, "order_key"),
            ({"shipment_id": "S\x1b[31m"}, "shipment_id"),
            ({"parcels": [{"parcel_id": "P", "tracking_number": "1\x9b2J"}]},
             "parcels[0].tracking_number"),
            ({"parcels": [{"parcel_id": "P", "carrier": "a\nb"}]}, "parcels[0].carrier"),
            ({"parcels": [{"parcel_id": "P", "tracking_url": "javascript:alert(1)"}]},
             "parcels[0].tracking_url"),
            ({"reason": "\x1b]0;x\x07"}, "reason"),
            ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
            ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
            ({"reason": "\ud83d"}, "reason"),
            ({"lines": [{**LINE, "quantity": {"amount": "-1", "unit": "EA"}}]},
             "lines[0].quantity"),
            ({"lines": [{**LINE, "lots": [{"lot": "A", "amount": "3"}]}]}, "lines[0].lots"),
            ({"lines": [{**LINE, "lots": [{"lot": "A", "amount": "0"}]}]}, "lines[0].lots"),
            ({"lines": [{**LINE, "quantity": {"amount": "NaN", "unit": "EA"}}]},
             "lines.0.quantity.amount"),
        ],
    )  # fmt: skip
    def test_what_says_too_little_names_the_field(self, wms, fields, field):
        with pytest.raises(Unreadable) as unreadable:
            wms.translate("wms.event", arrival(**fields))
        assert unreadable.value.field == field

    def test_prose_may_have_lines_and_parcels_an_address(self, wms):
        url = "HTTPS://carrier.example/1"
        document = wms.translate(
            "wms.event",
            arrival(reason="one\r\n\ttwo", parcels=[{"parcel_id": "P", "tracking_url": url}]),
        )
        assert (document.reason, document.parcels[0].tracking_url) == ("one\r\n\ttwo", url)

    @pytest.mark.parametrize("kind", ["counted", "adjusted"])
    def test_an_instant_outside_of_the_calendar_is_none(self, wms, kind):
        amount = {"amount": "1", "unit": "EA"}
        fact = arrival(
            type=f"stock.{kind}", sku="A", quantity=amount, change=amount,
            occurred_at="9999-12-31T23:59:59-14:00",
        )  # fmt: skip
        name = {"counted": "stock_count", "adjusted": "stock_adjustment"}[kind]
        with pytest.raises(Unreadable, match="outside of the calendar"):
            wms.translate(f"wms.{name}", fact)

    def test_stock_facts(self, wms):
        counted = wms.translate(
            "wms.stock_count",
            arrival(type="stock.counted", sku="A", quantity={"amount": "7.5", "unit": "kg"}),
        )
        assert isinstance(counted, StockCount)
        assert (str(counted.quantity), counted.state) == ("7.5 kg", "available")
        adjusted = wms.translate(
            "wms.stock_adjustment",
            arrival(type="stock.adjusted", sku="A", change={"amount": "-2", "unit": "EA"},
                    state="damaged", reason="fell"),
        )  # fmt: skip
        assert isinstance(adjusted, StockAdjustment)
        assert (str(adjusted.change), adjusted.state) == ("-2 EA", "damaged")
