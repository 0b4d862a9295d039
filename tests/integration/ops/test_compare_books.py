"""Every single alteration of any system's documents is found and located; nothing else is."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.ops.close_result import Close
from crossdock.ports.errors import Unavailable
from crossdock.ports.listing import Listed, ListedKind
from tests.support.listing_house import Documents, ListingHouse
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
HOUR = timedelta(hours=1)
SKUS = ("A-1", "B-2", "C-3")
MATTERS = Decimal("0.09")
"""Beyond the tolerance, and a cent for each of three lines that were cut."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def settings() -> dict[str, str]:
    """Of the shop."""
    return {}


@pytest.fixture
def policies() -> dict[str, str]:
    """Of the warehouses."""
    return {"short_pick": "close_short"}


@pytest.fixture
def trade(
    store: Store, clock: ManualClock, settings: dict[str, str], policies: dict[str, str]
) -> ListingHouse:
    named = {"warehouses": "annex=C-*, wms", "total_tolerance": "0.05"}
    return ListingHouse(PaperHouse(store, clock, {**named, **settings}, policies))


def found(close: Close) -> list[tuple[str, str, str]]:
    return [(d.kind, d.connection, d.key) for d in close.differences]


def even(close: Close) -> None:
    assert found(close) == []
    assert close.in_flight == []
    assert close.compared
    assert all(c.ours == c.theirs for c in close.compared)


FATES = (
    "released", "shipped", "in_two", "in_part", "short", "cancelled", "held", "no_stock_anywhere",
)  # fmt: skip


def random_books(trade: ListingHouse, seed: int) -> None:
    """A few orders of one to three lines, each with a fate."""
    chance = random.Random(seed)
    fates = [*FATES, chance.choice(FATES)]
    chance.shuffle(fates)
    for number, fate in enumerate(fates, 1):
        skus = chance.sample(SKUS, chance.randint(1, 3))
        rows = [(sku, str(2 * chance.randint(1, 4))) for sku in skus]
        trade.place(number, *([("NEW", "1")] if fate == "held" else rows))
        half = Decimal("0.5")
        match fate:
            case "shipped":
                trade.report("shipped", number)
            case "in_two":
                trade.report("shipped", number, 1, half)
                trade.report("shipped", number, 2, half)
            case "in_part":
                trade.report("shipped", number, 1, half)
            case "short":
                trade.report("shipped", number, 1, half)
                trade.report("closed", number, 1, half)
            case "cancelled":
                trade.change(number, cancelled=True)
            case "no_stock_anywhere":
                trade.report("closed", number)


def alterations(of: Listed) -> Iterator[tuple[str, Listed | None]]:
    """Each way in which one document can be altered so that it matters."""
    cancelled = of.status == "cancelled"
    if not (cancelled and of.kind is ListedKind.ORDER):
        yield "deleted", None
        yield "twice", of
    for sku, amount in of.quantities.items() if not cancelled else ():
        others = {s: a for s, a in of.quantities.items() if s != sku}
        yield f"{sku} more", replace(of, quantities={**others, sku: amount + 1})
        yield f"{sku} less", replace(of, quantities={**others, sku: amount - 1})
        yield f"{sku} called Z-9", replace(of, quantities={**others, "Z-9": amount})
    if of.amount is not None and not cancelled:
        yield "dearer", replace(of, amount=of.amount + MATTERS)
        yield "cheaper", replace(of, amount=of.amount - MATTERS)
        yield "in dollars", replace(of, currency="USD")
    if of.kind is ListedKind.ORDER:
        yield "state", replace(of, status="open" if cancelled else "cancelled")
    if of.kind is ListedKind.INVOICE:
        yield "draft", replace(of, status="draft")


def altered(which: int, into: Listed | None, twice: bool) -> Callable[[Documents], Documents]:
    def change(documents: Documents) -> Documents:
        kept = [d for n, d in enumerate(documents) if n != which]
        return kept + ([documents[which]] if twice else []) + ([into] if into else [])

    return change


@pytest.mark.parametrize("seed", [1, 2])
def test_each_alteration_is_found_and_located_and_nothing_else_is(
    trade: ListingHouse, seed: int
) -> None:
    random_books(trade, seed)
    even(trade.close().close)
    planted = 0
    for name, system in trade.systems.items():
        for which, document in enumerate(system.documents()):
            for what, into in alterations(document):
                system.alteration = altered(which, into, what == "twice")
                close = trade.close(only=name).close
                told = f"{name}: {document} {what}: {close.differences}"
                assert close.differences, told
                assert not close.clean, told
                assert not close.in_flight, told
                assert {d.connection for d in close.differences} == {name}, told
                number = document.name.rpartition("#")[2] if name != "erp" else ""
                assert all(d.key == f"#{number}" for d in close.differences if number), told
                assert all(d.owner and d.remedy and d.value for d in close.differences), told
                planted += 1
        system.alteration = list
    assert planted > 100
    even(trade.close().close)


@pytest.mark.parametrize(
    ("system", "key"), [("shop", "99"), ("erp", "crossdock_shop.sales_order_ff"), ("wms", "ff-1")]
)
@pytest.mark.parametrize("kind", [ListedKind.ORDER, ListedKind.SHIPMENT])
def test_what_our_books_do_not_know(
    trade: ListingHouse, clock: ManualClock, system: str, key: str, kind: ListedKind
) -> None:
    trade.place(1)
    foreign = Listed(kind, key, "#99", "open", clock.now(), Decimal(20), "EUR", {"A-1": Decimal(2)})
    trade.systems[system].alteration = lambda documents: [*documents, foreign]
    assert found(trade.close().close) == [("missing_here", system, "#99")]


def test_external_ids_of_another_deployment_are_not_ours(
    trade: ListingHouse, clock: ManualClock
) -> None:
    key = "crossdock_other.sales_order_ff"
    foreign = Listed(ListedKind.ORDER, key, "S9", "confirmed", clock.now(), Decimal(20), "EUR")
    trade.systems["erp"].alteration = lambda documents: [*documents, foreign]
    assert trade.close().close.clean


@pytest.mark.parametrize("fate", ["released", "shipped"])
@pytest.mark.parametrize("only", ["shop", "erp", "wms"])
def test_one_connection_alone(trade: ListingHouse, only: str, fate: str) -> None:
    trade.place(1)
    if fate == "shipped":
        trade.report("shipped", 1)
    close = trade.close(only=only).close
    even(close)
    assert {c.connection for c in close.compared} == {only}


def test_an_order_that_comes_late_over_midnight(trade: ListingHouse, clock: ManualClock) -> None:
    """Placed on Monday, received on Tuesday: of both days, and found on each."""
    trade.later(18 * HOUR)
    placed = clock.now() - 6 * HOUR
    trade.place(1, at=placed)
    trade.place(2, ("NEW", "1"), at=placed)
    for day in (MONDAY, TUESDAY):
        close = trade.close(day).close
        even(close)
        orders = [(c.ours, c.theirs) for c in close.compared if c.kind == "order"]
        assert (2, 2) in orders
    asked = {one.key for one in trade.systems["shop"].sought}
    assert asked == {"1", "2"}


@pytest.mark.parametrize("policies", [
    {"release": "waves", "cutoffs": "16:00", "work_days": "1,2,3,4,5", "site_time_zone": "UTC"},
])  # fmt: skip
def test_a_wave_of_the_next_day(trade: ListingHouse) -> None:
    trade.later(8 * HOUR)
    trade.place(1)
    even(trade.close(MONDAY).close)
    trade.later(timedelta(hours=23, minutes=30))
    trade.settle()
    trade.report("shipped", 1)
    for day in (MONDAY, TUESDAY):
        close = trade.close(day).close
        even(close)
        counts = {(c.connection, c.kind): c.theirs for c in close.compared}
        assert counts["wms", "shipment"] == 1
    gone = trade.systems["wms"]
    gone.alteration = lambda documents: []
    for day in (MONDAY, TUESDAY):
        assert {d.kind for d in trade.close(day).close.differences} == {"missing_there"}


def test_what_another_clock_calls_another_day_is_looked_up(
    trade: ListingHouse, clock: ManualClock
) -> None:
    trade.place(1)
    trade.report("shipped", 1)
    for system in trade.systems.values():
        system.alteration = lambda documents: [
            replace(d, at=d.at - timedelta(days=9)) for d in documents
        ]
    even(trade.close().close)
    assert trade.systems["erp"].sought[0].record == "1"


def test_what_is_told_while_the_lists_are_read(trade: ListingHouse) -> None:
    """The list says what was; the books have moved on: read again, it is even."""
    trade.place(1)
    trade.place(2)
    trade.systems["wms"].after_list = lambda: trade.report("shipped", 1)
    even(trade.close().close)
    assert trade.house.status(1) == "invoiced"


def test_what_moves_while_it_is_read_again_is_in_flight(trade: ListingHouse) -> None:
    """The shop answers as it was before the shipment that the books have by now."""
    trade.place(1)
    trade.place(2)
    shop = trade.systems["shop"]
    before = shop.documents()
    shop.alteration = lambda documents: [d for d in before if d.key != "2"]

    def moves() -> None:
        shop.alteration = lambda documents: before
        trade.report("shipped", 2)

    shop.before_look_up = moves
    close = trade.close().close
    assert close.clean
    assert {d.key for d in close.in_flight} == {"#2"}
    orders = {(c.connection, c.kind): (c.ours, c.theirs, c.in_flight) for c in close.compared}
    assert orders["shop", "order"] == (2, 2, 0)
    assert orders["shop", "shipment"] == (0, 0, 1)
    assert [d.connection for d in trade.close().close.differences] == ["shop"]
    shop.alteration = list
    even(trade.close().close)


def test_what_waits_to_be_told_is_in_flight_and_open(trade: ListingHouse) -> None:
    trade.place(1)
    warehouse, order = trade.fulfilments(1)[0]
    trade.left[order["fulfilment_id"]]["A-1"] += 2
    trade.house.report(event("shipped", order, shipment_id="W1"), by=warehouse)
    close = trade.close().close
    assert close.clean
    assert [(d.connection, d.kind) for d in close.in_flight] == [("wms", "shipped")]
    trade.house.applier().apply_once()
    close = trade.close().close
    assert {d.connection for d in close.in_flight} == {"shop", "erp"}
    assert close.clean
    trade.settle()
    even(trade.close().close)


def test_no_remedy_sends_or_cancels_before_absence_is_proven(trade: ListingHouse) -> None:
    trade.place(1)
    trade.report("shipped", 1)
    for system in trade.systems.values():
        system.alteration = lambda documents: []
    close = trade.close().close
    assert {d.kind for d in close.differences} == {"missing_there"}
    for difference in close.differences:
        assert not {"cancel it", "release", "send it again"} & set(difference.remedy.split("; "))
        assert "release" not in difference.remedy
        assert "cancel" not in difference.remedy


def test_a_system_that_fails_at_the_second_reading_is_not_compared(trade: ListingHouse) -> None:
    trade.place(1)
    shop = trade.systems["shop"]
    shop.alteration = lambda documents: []

    def fails() -> None:
        raise Unavailable("connection refused")

    shop.before_look_up = fails
    close = trade.close().close
    assert found(close) == [("not_listed", "shop", "shop")]
    assert not [c for c in close.compared if c.connection == "shop"]


@pytest.mark.parametrize("settings", [{"invoice": "never"}, {"invoice": "per_shipment"}])
def test_other_ways_of_invoicing(trade: ListingHouse, settings: dict[str, str]) -> None:
    trade.place(1, ("A-1", "4"))
    trade.report("shipped", 1, 1, Decimal("0.5"))
    even(trade.close().close)
    erp = trade.systems["erp"]
    key = erp.documents()[0].key
    at = trade.house.clock.now()
    five = {"A-1": Decimal(5)}
    much = Listed(ListedKind.INVOICE, key, "INV", "posted", at, Decimal(50), "EUR", five)
    rest = [d for d in erp.documents() if d.kind is not ListedKind.INVOICE]
    erp.documents = lambda: [*rest, much]
    assert {d.kind for d in trade.close().close.differences} == {"invoiced"}


@pytest.mark.parametrize("settings", [{"warehouses": ""}])
def test_what_the_erp_ships_itself_is_its_own_affair(trade: ListingHouse) -> None:
    trade.place(1)
    erp = trade.systems["erp"]
    order = erp.documents()[0]
    sent = replace(order, kind=ListedKind.SHIPMENT, status="shipped", amount=None)
    erp.alteration = lambda documents: [*documents, sent]
    even(trade.close().close)


def test_what_is_delivered_invoiced_or_shipped_of_a_cancelled_order(trade: ListingHouse) -> None:
    trade.place(1)
    trade.change(1, cancelled=True)
    even(trade.close().close)
    assert trade.house.status(1) == "cancelled"
    erp, wms = trade.systems["erp"], trade.systems["wms"]
    order = erp.documents()[0]
    sent = replace(order, kind=ListedKind.SHIPMENT, status="shipped", amount=None)
    invoice = replace(order, kind=ListedKind.INVOICE, status="posted")
    left = replace(wms.documents()[0], kind=ListedKind.SHIPMENT, status="shipped")
    erp.alteration = lambda documents: [*documents, sent, invoice]
    wms.alteration = lambda documents: [*documents, left]
    assert found(trade.close().close) == [
        ("invoiced", "erp", "#1"), ("delivered", "erp", "#1"), ("shipped", "wms", "#1"),
    ]  # fmt: skip
