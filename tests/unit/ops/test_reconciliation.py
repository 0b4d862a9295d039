"""Each way in which a document differs on either side is named, valued and owned; equal ones are
not."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crossdock.domain.money import Money
from crossdock.ops.close_result import Close
from crossdock.ops.reconciliation.channel_documents import expect_at_channel
from crossdock.ops.reconciliation.compare_books import Expect
from crossdock.ops.reconciliation.comparison import Comparison, Pair
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ops.reconciliation.erp_documents import expect_in_erp
from crossdock.ops.reconciliation.judge import counted, judge
from crossdock.ops.reconciliation.ledger_order import AtChannel, LedgerFulfilment, LedgerOrder
from crossdock.ops.reconciliation.warehouse_documents import expect_at_warehouse
from crossdock.ports.listing import Listed, ListedKind
from crossdock.processes.order_to_cash.order_status import OrderStatus

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TWO, ONE = {"A-1": Decimal(2)}, {"A-1": Decimal(1)}
NOTHING: dict[str, Decimal] = {}
TWENTY = Money(amount=Decimal("20.00"), currency="EUR")
AT_CHANNEL = AtChannel(TWO, TWO, TWO, frozenset(), TWENTY, Decimal(0), total_at_most=False)
SENT = LedgerFulfilment(
    "f-1", "wms", sent=True, will_not_ship=False, closed=False, ordered=TWO, shipped=TWO
)
OURS = LedgerOrder(
    work_key="shop:order:1", connection="shop", reference="1", name="#1",
    status=OrderStatus.INVOICED, at=NOW, total=TWENTY, tolerance=Decimal("0.05"), erp="odoo",
    external_id="x.1", erp_id="7", erp_name="S1", refused_cancellation=False, ships=True,
    channel_cancelled=False,
    invoicing="on_completion", at_channel=AT_CHANNEL, ordered=TWO, shipped=TWO,
    fulfilments=(SENT,), invoices=("INV1",), invoice_total=TWENTY,
    invoice_tolerance=Decimal("0.05"),
)  # fmt: skip
UNSHIPPED = replace(
    OURS, status=OrderStatus.RELEASED, shipped=NOTHING, invoices=(),
    at_channel=replace(AT_CHANNEL, shipped=NOTHING, told=NOTHING),
    fulfilments=(replace(SENT, shipped=NOTHING),),
)  # fmt: skip
CANCELLED = replace(
    UNSHIPPED,
    status=OrderStatus.CANCELLED,
    fulfilments=(replace(SENT, shipped=NOTHING, will_not_ship=True),),
)


def listed(kind: ListedKind, key: str, status: str = "confirmed", **changes: object) -> Listed:
    base = Listed(kind, key, f"name of {key}", status, NOW, Decimal("20.00"), "EUR", TWO)
    return replace(base, **changes)  # type: ignore[arg-type]


CHANNEL = [listed(ListedKind.ORDER, "1"), listed(ListedKind.SHIPMENT, "1", "shipped")]
ERP = [
    listed(ListedKind.ORDER, "x.1"), listed(ListedKind.SHIPMENT, "x.1", "shipped"),
    listed(ListedKind.INVOICE, "x.1", "posted"),
]  # fmt: skip
WAREHOUSE = [
    listed(ListedKind.ORDER, "f-1", "shipped"), listed(ListedKind.SHIPMENT, "f-1", "shipped"),
]  # fmt: skip


def pairs(expect: Expect, name: str, rows: list[Listed], ours: LedgerOrder) -> Comparison:
    """As the join makes them."""
    made = []
    for expected in expect(ours, name):
        there = [r for r in rows if (r.kind, r.key) == (expected.kind, expected.key)]
        found = tuple(judge(name, expected, there))
        assert all(d.owner and d.remedy and d.key == "#1" and d.value for d in found)
        place = (name, expected.kind.value, expected.key)
        made.append(Pair(*place, *counted(expected, there), found, ours))
    return Comparison(made)


def kinds(expect: Expect, name: str, rows: list[Listed], ours: LedgerOrder) -> list[str]:
    return [d.kind for d in pairs(expect, name, rows, ours).differences]


def channel(rows: list[Listed], ours: LedgerOrder = OURS) -> list[str]:
    return kinds(expect_at_channel, "shop", rows, ours)


def erp(rows: list[Listed], ours: LedgerOrder = OURS) -> list[str]:
    return kinds(expect_in_erp, "odoo", rows, ours)


def warehouse(rows: list[Listed], ours: LedgerOrder = OURS) -> list[str]:
    return kinds(expect_at_warehouse, "wms", rows, ours)


def test_equal_sides_differ_in_nothing() -> None:
    assert channel(CHANNEL) == erp(ERP) == warehouse(WAREHOUSE) == []
    compared = pairs(expect_in_erp, "odoo", ERP, OURS).compared
    assert [(c.kind, c.ours, c.theirs) for c in compared] == [
        ("order", 1, 1), ("shipment", 1, 1), ("invoice", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "ours", "expected"),
    [
        (CHANNEL[1:], OURS, ["missing_there"]),
        (CHANNEL[:1], OURS, ["missing_there"]),
        (CHANNEL, UNSHIPPED, ["shipped"]),
        ([replace(CHANNEL[0], status="cancelled"), CHANNEL[1]], OURS, ["state"]),
        (CHANNEL[:1], CANCELLED, ["state"]),
        ([replace(CHANNEL[0], status="cancelled")], CANCELLED, []),
        ([replace(CHANNEL[0], amount=Decimal("19.99")), CHANNEL[1]], OURS, ["total"]),
        ([replace(CHANNEL[0], currency="USD"), CHANNEL[1]], OURS, ["total"]),
        ([replace(CHANNEL[0], amount=None), CHANNEL[1]], OURS, ["total"]),
        ([replace(CHANNEL[0], quantities=ONE), CHANNEL[1]], OURS, ["ordered"]),
        ([CHANNEL[0], replace(CHANNEL[1], quantities={"Z-9": Decimal(2)})], OURS, ["shipped"]),
        ([replace(CHANNEL[0], status="cancelled")],
         replace(OURS, refused_cancellation=True, at_channel=replace(AT_CHANNEL, told=NOTHING)),
         []),
        (CHANNEL[:1], replace(UNSHIPPED, status=OrderStatus.CANCELLING), []),
    ],
)  # fmt: skip
def test_a_channel(rows: list[Listed], ours: LedgerOrder, expected: list[str]) -> None:
    assert channel(rows, ours) == expected


def test_what_no_warehouse_ships_is_the_channels_own_affair() -> None:
    quantities = {**TWO, "GIFT": Decimal(1)}
    rows = [replace(row, quantities=quantities) for row in CHANNEL]
    ours = replace(
        OURS, at_channel=replace(AT_CHANNEL, ordered=quantities, services=frozenset({"GIFT"}))
    )
    assert channel(rows, ours) == []
    at = replace(ours.at_channel, shipped=NOTHING, told=NOTHING)
    gift = replace(rows[1], quantities={"GIFT": Decimal(1)})
    assert channel([rows[0], gift], replace(UNSHIPPED, at_channel=at)) == []
    assert channel(rows, replace(UNSHIPPED, at_channel=at)) == ["shipped"]


@pytest.mark.parametrize(
    ("rows", "ours", "expected"),
    [
        ([], OURS, ["missing_there"] * 3),
        (ERP[:2], OURS, ["missing_there"]),
        (ERP[:1], replace(OURS, status=OrderStatus.SHIPPED, invoices=(), invoicing="never"),
         ["missing_there"]),
        (ERP[:1], replace(OURS, status=OrderStatus.PARTLY_SHIPPED, invoices=()),
         ["missing_there"]),
        ([ERP[0], *ERP], OURS, ["double"]),
        ([replace(ERP[0], status="cancelled"), *ERP[1:]], OURS, ["state"]),
        ([replace(ERP[0], status="cancelled"), *ERP[1:]], CANCELLED, ["delivered", "invoiced"]),
        (ERP[:1], CANCELLED, ["state"]),
        ([], CANCELLED, []),
        ([replace(ERP[0], amount=Decimal("20.05")), *ERP[1:]], OURS, []),
        ([replace(ERP[0], amount=Decimal("20.06")), *ERP[1:]], OURS, ["total"]),
        ([replace(ERP[0], currency="USD"), *ERP[1:]], OURS, ["total"]),
        ([replace(ERP[0], quantities=ONE), *ERP[1:]], OURS, ["ordered"]),
        (ERP, replace(OURS, shipped=ONE), ["delivered", "invoiced"]),
        ([*ERP[:2], replace(ERP[2], status="draft")], OURS, ["invoiced", "missing_there"]),
        ([*ERP[:2], replace(ERP[2], amount=Decimal("1.00"))], OURS, ["invoiced"]),
        ([*ERP[:2], replace(ERP[2], currency="USD")], OURS, ["invoiced"]),
        ([*ERP[:2], replace(ERP[2], quantities={"A-1": Decimal(5)})],
         replace(OURS, status=OrderStatus.SHIPPED, invoices=()), ["invoiced"]),
        ([*ERP[:2], replace(ERP[2], quantities={"A-1": Decimal(5)})],
         replace(OURS, invoicing="never", invoices=()), ["invoiced"]),
        (ERP, UNSHIPPED, ["delivered", "invoiced"]),
        (ERP[:1], replace(UNSHIPPED, erp_id="", status=OrderStatus.BLOCKED), ["missing_here"]),
        ([replace(ERP[0], status="open")], replace(UNSHIPPED, status=OrderStatus.DRAFTED), []),
        (ERP[:1], replace(UNSHIPPED, status=OrderStatus.MISMATCHED), ["state"]),
    ],
)  # fmt: skip
def test_an_erp(rows: list[Listed], ours: LedgerOrder, expected: list[str]) -> None:
    assert erp(rows, ours) == expected


def test_an_order_that_the_erp_ships_itself() -> None:
    alone = replace(UNSHIPPED, status=OrderStatus.CONFIRMED, ships=False, fulfilments=())
    assert erp(ERP, alone) == erp(ERP[:1], alone) == channel(CHANNEL, alone) == []
    compared = pairs(expect_in_erp, "odoo", ERP[:2], alone).compared
    assert [(c.ours, c.theirs) for c in compared] == [(1, 1), (1, 1)]


REFUSED = replace(UNSHIPPED, fulfilments=(replace(SENT, shipped=NOTHING, will_not_ship=True),))
TOMBSTONE = [listed(ListedKind.ORDER, "f-1", "cancelled", quantities=NOTHING)]


@pytest.mark.parametrize(
    ("rows", "ours", "expected"),
    [
        ([], OURS, ["missing_there", "missing_there"]),
        (WAREHOUSE[:1], OURS, ["missing_there"]),
        ([WAREHOUSE[0], replace(WAREHOUSE[1], quantities=ONE)], OURS, ["shipped"]),
        ([replace(WAREHOUSE[0], quantities=ONE), WAREHOUSE[1]], OURS, ["ordered"]),
        (WAREHOUSE, UNSHIPPED, ["shipped"]),
        (TOMBSTONE, UNSHIPPED, ["state"]),
        (TOMBSTONE, REFUSED, []),
        ([], REFUSED, []),
        (WAREHOUSE[:1], REFUSED, ["state"]),
        (WAREHOUSE[:1], replace(
            UNSHIPPED, fulfilments=(replace(SENT, sent=False, shipped=NOTHING),)
         ), ["missing_here"]),
    ],
)  # fmt: skip
def test_a_warehouse(rows: list[Listed], ours: LedgerOrder, expected: list[str]) -> None:
    assert warehouse(rows, ours) == expected


DIFFERENCE = Difference("shipped", "wms", "#1", "a", "b", "warehouse", "ask")


def test_an_uneven_pair_cannot_be_made_without_a_difference() -> None:
    with pytest.raises(ValueError, match="uneven"):
        Pair("wms", "order", "f-1", 1, 0)
    assert Comparison([Pair("wms", "order", "f-1", 1, 0, (DIFFERENCE,))]).differences


def test_uneven_counts_are_never_clean() -> None:
    compared = Comparison([Pair("wms", "order", "f-1", 1, 0, (DIFFERENCE,))]).compared
    close = Close(1, NOW.date(), "", [], [], 0, compared, [])
    assert not close.clean


def test_what_changed_between_both_readings_is_in_flight() -> None:
    differs = Pair("wms", "order", "f-1", 1, 0, (DIFFERENCE,), OURS)
    even = replace(differs, theirs=1, differences=())
    moved = replace(differs, order=UNSHIPPED)

    def settled(before: Pair, then: Pair) -> tuple[int, int]:
        found = Comparison([then]).after(Comparison([before]))
        (compared,) = found.compared
        assert len(found.in_flight) == compared.in_flight
        assert compared.ours - compared.theirs == len(found.differences)
        return len(found.differences), len(found.in_flight)

    assert settled(differs, even) == (0, 0)
    assert settled(differs, differs) == (1, 0)
    assert settled(even, differs) == (0, 1)
    assert settled(differs, moved) == (0, 1)
