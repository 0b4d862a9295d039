"""The feed: nothing is missed, the cursor never goes back, what is known is told again."""

import json
from datetime import timedelta

import pytest

from crossdock.connectors.wms.event_sweep import FeedCursor
from crossdock.connectors.wms.manifest import OVERLAP
from crossdock.ports.errors import Rejected, Unavailable
from tests.contract.wms.documents import fulfilment_order, send

PER_PAGE = 4


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("crossdock.connectors.wms.event_sweep.EVENTS_PER_PAGE", PER_PAGE)


@pytest.fixture
def counted(twin):
    """Tells so many events."""

    def tell(count: int) -> None:
        with twin.lock:
            for _ in range(count):
                twin._controls._stock("POST", "", {"sku": "A", "counted": "1"})

    return tell


def swept(wms, cursor, now) -> tuple[list[int], list[str]]:
    pages = list(wms.sweep("events", cursor, now))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    found = [json.loads(a.body)["sequence"] for page in pages for a in page.arrivals]
    return found, [page.cursor for page in pages]


class TestFeed:
    def test_all_events_come_once_in_their_order(self, wms, counted, clock):
        counted(3 * PER_PAGE + 1)
        found, cursors = swept(wms, None, clock.now())
        assert found == list(range(1, 3 * PER_PAGE + 2))
        assert len(cursors) == 4
        assert cursors == sorted(cursors)

    def test_an_empty_feed_is_one_empty_page(self, wms, clock):
        assert swept(wms, None, clock.now())[0] == []

    def test_what_was_read_within_the_overlap_is_read_again(self, wms, counted, clock):
        cursor = None
        counted(3)
        for minute in range(1, 9):
            found, cursors = swept(wms, cursor, clock.now())
            assert cursor is None or cursor <= cursors[0]
            cursor = cursors[-1]
            known = 3 * minute
            assert found[-1] == known
            assert found == list(range(found[0], known + 1)), "without a gap"
            assert minute < 6 or found[0] > known - 15, "not from the beginning"
            counted(3)
            clock.advance(timedelta(minutes=1))

    def test_an_event_that_becomes_visible_late_is_found(self, twin, wms, counted, clock):
        with twin.lock:
            twin.warehouse.invisible = {5}
        counted(3 * PER_PAGE)
        cursor = None
        seen: set[int] = set()
        for _ in range(4):
            found, cursors = swept(wms, cursor, clock.now())
            seen |= set(found)
            cursor = cursors[-1]
            clock.advance(OVERLAP / 4)
        assert 5 not in seen
        with twin.lock:
            twin.warehouse.invisible = set()
        counted(1)
        found, _ = swept(wms, cursor, clock.now())
        assert 5 in found

    def test_the_cursor_never_moves_backwards(self, wms, counted, clock):
        counted(10)
        _, cursors = swept(wms, None, clock.now())
        clock.advance(timedelta(seconds=1))
        _, again = swept(wms, cursors[-1], clock.now())
        assert set(again) == {cursors[-1]}
        clock.advance(timedelta(days=-1))
        _, back = swept(wms, cursors[-1], clock.now())
        assert set(back) == {cursors[-1]}

    def test_a_kill_between_pages_loses_nothing(self, wms, counted, clock):
        counted(4 * PER_PAGE)
        pages = wms.sweep("events", None, clock.now())
        first, second = next(pages), next(pages)
        seen = {json.loads(a.body)["sequence"] for p in (first, second) for a in p.arrivals}
        rest, _ = swept(wms, second.cursor, clock.now())
        assert seen | set(rest) == set(range(1, 4 * PER_PAGE + 1))

    @pytest.mark.parametrize("cursor", ["nonsense", "1|2|3|4|5", "|||||", "x|y|z", "1|||"])
    def test_a_foreign_cursor_is_refused(self, wms, clock, cursor):
        with pytest.raises(Rejected) as refused:
            swept(wms, cursor, clock.now())
        assert refused.value.field == "cursor"

    def test_a_foreign_stream_is_refused(self, wms, clock):
        with pytest.raises(Rejected):
            wms.sweep("orders", None, clock.now())

    def test_a_feed_that_stands_still_is_given_up(self, twin, wms, counted, clock):
        counted(2 * PER_PAGE)
        plain = twin.handle

        def stuck(request):
            reply = plain(request)
            return type(reply)(200, reply.body.replace(b'"e4"', b'"e0"'), reply.headers)

        twin.handle = stuck
        with pytest.raises(Unavailable, match="stays"):
            swept(wms, FeedCursor(base="e0", marked_at=clock.now()).text, clock.now())


def test_one_odd_event_spoils_no_page(twin, wms, wire, clock, monkeypatch):
    """Types and fields nobody knows are kept as they came."""
    monkeypatch.setattr("tests.contract.wms.conformity.check_body", lambda *_: None)
    odd = b'{"event_id":"o-1","sequence":2,"type":"robot.tired","order_key":"k","x":{"y":[1]}}'
    send(wms, fulfilment_order())
    twin.work(1)
    with twin.lock:
        told = twin.warehouse.events[0]
        twin.warehouse.events.append(type(told)(2, "o-1", odd))
    (page,) = wms.sweep("events", None, clock.now())
    assert [a.body for a in page.arrivals] == [told.body, odd]
    assert wms.identify(page.arrivals[1]).message_key == "event:o-1"
