"""Each way in which a list and the ledger differ is named, valued and owned; equal ones are not."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crossdock.domain.money import Money
from crossdock.ops.reconciliation.compare_channel import compare_channel, missing_at_channel
from crossdock.ops.reconciliation.compare_erp import compare_erp, missing_in_erp
from crossdock.ops.reconciliation.compare_warehouse import compare_warehouse
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import Listed, ListedKind

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TWO = {"A-1": Decimal(2)}
OURS = LedgerOrder(
    work_key="shop:order:1", connection="shop", reference="1", name="#1", status="invoiced", at=NOW,
    total=Money(amount=Decimal("20.00"), currency="EUR"), tolerance=Decimal("0.05"), erp="odoo",
    external_id="x.1", erp_name="S1", in_erp=True, cut=False, ordered=TWO, shipped=TWO, told=TWO,
    by_fulfilment={("wms", "f-1"): TWO}, invoices=("INV1",),
)  # fmt: skip


def listed(kind: ListedKind, key: str, status: str = "confirmed", **changes) -> Listed:
    base = Listed(kind, key, f"name of {key}", status, NOW, Decimal("20.00"), "EUR", TWO)
    return replace(base, **changes)


CHANNEL = [listed(ListedKind.ORDER, "1"), listed(ListedKind.SHIPMENT, "1", "shipped")]
ERP = [
    listed(ListedKind.ORDER, "x.1"), listed(ListedKind.SHIPMENT, "x.1", "shipped"),
    listed(ListedKind.INVOICE, "x.1", "posted"),
]  # fmt: skip
WAREHOUSE = [listed(ListedKind.SHIPMENT, "f-1", "shipped")]


def channel(rows: list[Listed], ours: LedgerOrder = OURS) -> list[str]:
    keys = {row.key for row in rows if row.kind is ListedKind.ORDER}
    found = [*compare_channel("shop", rows, {"1": ours}), *missing_at_channel("shop", keys, [ours])]
    assert all(d.owner and d.remedy and d.key for d in found)
    return [d.kind for d in found]


def erp(rows: list[Listed], ours: LedgerOrder = OURS) -> list[str]:
    found = [*compare_erp("odoo", rows, {"x.1": ours}), *missing_in_erp("odoo", rows, [ours])]
    assert all(d.owner and d.remedy and d.key for d in found)
    return [d.kind for d in found]


def test_equal_sides_differ_in_nothing() -> None:
    assert channel(CHANNEL) == []
    assert erp(ERP) == []
    assert list(compare_warehouse("wms", WAREHOUSE, [OURS])) == []


@pytest.mark.parametrize(
    ("rows", "changes", "kinds"),
    [
        (CHANNEL[1:], {}, ["missing_there"]),
        ([listed(ListedKind.ORDER, "9"), *CHANNEL], {}, ["missing_here"]),
        ([replace(CHANNEL[0], status="cancelled"), CHANNEL[1]], {}, ["state"]),
        (CHANNEL[:1], {"status": "cancelled"}, ["state"]),
        ([replace(CHANNEL[0], amount=Decimal("19.99")), CHANNEL[1]], {}, ["total"]),
        ([replace(CHANNEL[0], amount=Decimal("9.99")), CHANNEL[1]], {"cut": True}, []),
        (CHANNEL, {"told": {}}, ["shipped"]),
    ],
)
def test_a_channel(rows, changes, kinds) -> None:
    assert channel(rows, replace(OURS, **changes)) == kinds


@pytest.mark.parametrize(
    ("rows", "changes", "kinds"),
    [
        ([], {}, ["missing_there"] * 3),
        (ERP[:2], {}, ["missing_there"]),
        ([ERP[0], *ERP], {}, ["double"]),
        ([listed(ListedKind.ORDER, "x.9"), *ERP], {}, ["missing_here"]),
        ([replace(ERP[0], status="cancelled"), *ERP[1:]], {}, ["state"]),
        (ERP, {"status": "cancelled"}, ["state"]),
        ([replace(ERP[0], amount=Decimal("20.05")), *ERP[1:]], {}, []),
        ([replace(ERP[0], amount=Decimal("20.06")), *ERP[1:]], {}, ["total"]),
        ([replace(ERP[0], currency="USD"), *ERP[1:]], {}, ["total"]),
        (ERP, {"shipped": {"A-1": Decimal(1)}}, ["delivered", "invoiced"]),
        ([*ERP[:2], replace(ERP[2], status="draft")], {}, ["invoiced"]),
    ],
)
def test_an_erp(rows, changes, kinds) -> None:
    assert erp(rows, replace(OURS, **changes)) == kinds


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([replace(WAREHOUSE[0], quantities={"A-1": Decimal(1)})], ["shipped"]),
        ([listed(ListedKind.SHIPMENT, "f-9")], ["missing_here"]),
        ([listed(ListedKind.SHIPMENT, "f-9", quantities={})], []),
    ],
)
def test_a_warehouse(rows, kinds) -> None:
    assert [d.kind for d in compare_warehouse("wms", rows, [OURS])] == kinds
