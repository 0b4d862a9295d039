import pytest

from crossdock.connectors.odoo.twin.invoices import create_invoices
from crossdock.connectors.odoo.twin.writing import create
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.erp import CANCEL_SALES_ORDER, INVOICE_SALES_ORDER, READ_SALES_ORDER
from crossdock.ports.errors import Ambiguous, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.odoo.conftest import House, external_id
from tests.contract.odoo.shipping import Dock, seen

LINE, CHARGE = external_id("A") + "_l1", external_id("A") + "_cs"
MAKE, POST = "sale.advance.payment.inv/create_invoices", "account.move/action_post"


@pytest.fixture
def dock(house: House) -> Dock:
    return Dock(house)


@pytest.fixture
def product(dock: Dock) -> int:
    return dock.goods(1000)


def shipped(dock: Dock, reference: str, product: int, quantity: str = "6") -> int:
    order = dock.ordered(reference, product)
    seen(dock.house.connector.deliver([dock.shipment(reference, "s1", quantity, product)])[0])
    return order


def invoice(dock: Dock, *references: str):
    effects = [dock.house.command(INVOICE_SALES_ORDER, name) for name in references]
    return dock.house.connector.deliver(effects)


def error_of(outcome, kind):
    assert isinstance(outcome, Failed), outcome
    assert isinstance(outcome.error, kind), vars(outcome.error)
    assert outcome.error.remedy
    return outcome.error


class TestInvoice:
    def test_what_was_delivered_is_invoiced_and_posted(self, dock: Dock, product: int):
        shipped(dock, "A", product)
        effect = dock.house.command(INVOICE_SALES_ORDER, "A")
        assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
        first = seen(invoice(dock, "A")[0])
        assert first == {
            "id": 1, "name": "INV/2026/00001", "state": "posted", "currency": "USD",
            "amount_untaxed": "64.94", "amount_total": "64.94",
            "invoiced": {LINE: "6", CHARGE: "1"},
        } | {"name": first["name"]}  # fmt: skip
        assert seen(invoice(dock, "A")[0]) == first
        (found,) = dock.house.connector.probe([effect])
        assert isinstance(found, Observed)
        assert found.adopted
        assert dock.invoices() == [("posted", "64.94")]

    def test_the_next_shipment_gets_its_own(self, dock: Dock, product: int):
        shipped(dock, "A", product)
        invoice(dock, "A")
        seen(dock.house.connector.deliver([dock.shipment("A", "s2", "4", product)])[0])
        effect = dock.house.command(INVOICE_SALES_ORDER, "A")
        assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
        second = seen(invoice(dock, "A")[0])
        assert (second["amount_total"], second["invoiced"][LINE]) == ("39.96", "10")
        assert len(dock.invoices()) == 2
        command = dock.house.command(READ_SALES_ORDER, "A")
        line = seen(dock.house.connector.deliver([command])[0])["lines"][0]
        assert (line["delivered"], line["invoiced"]) == ("10", "10")

    def test_a_batch_gets_one_each_in_few_calls(self, dock: Dock, product: int):
        for name in "ABC":
            shipped(dock, name, product)
        dock.ordered("D", product)
        dock.house.twin.log.reset()
        outcomes = invoice(dock, "A", "B", "D", "C")
        assert error_of(outcomes[2], Rejected).code == "nothing_delivered"
        assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 3
        assert len(dock.invoices()) == 3
        assert dock.calls().count(MAKE) == dock.calls().count(POST) == 1

    def test_goods_that_would_be_invoiced_as_ordered(self, dock: Dock):
        shipped(dock, "A", dock.goods(20, invoice_policy="order"))
        error = error_of(invoice(dock, "A")[0], Rejected)
        assert error.code == "invoice_policy"
        assert "ordered 10, delivered 6, Odoo would have invoiced 10" in error.reason
        assert dock.invoices() == []

    def test_a_charge_that_would_be_left_out(self, dock: Dock, product: int):
        shipping = dock.house.twin.database.record("product.product", dock.house.shipping)
        shipping["invoice_policy"] = "delivery"
        shipped(dock, "A", product)
        error = error_of(invoice(dock, "A")[0], Rejected)
        assert error.code == "invoice_policy"
        assert "a charge must be invoiced by ordered quantities" in error.reason

    def test_goods_that_came_back(self, dock: Dock, product: int):
        shipped(dock, "A", product)
        invoice(dock, "A")
        for line in dock.house.twin.database.tables["sale.order.line"].values():
            if line["product_id"] == product:
                line["qty_delivered"], line["qty_to_invoice"] = 4, -2
        assert error_of(invoice(dock, "A")[0], Rejected).code == "credit_due"

    def test_a_person_invoiced_more_than_was_delivered(self, dock: Dock, product: int):
        shipped(dock, "A", product)
        invoice(dock, "A")
        for line in dock.house.twin.database.tables["sale.order.line"].values():
            if line["product_id"] == product:
                line["qty_invoiced"] = 10
        assert error_of(invoice(dock, "A")[0], Rejected).code == "credit_due"
        (found,) = dock.house.connector.probe([dock.house.command(INVOICE_SALES_ORDER, "A")])
        assert isinstance(found, Conflicting)
        assert "delivered 6, Odoo would have invoiced 10" in found.difference

    def test_orders_that_are_cancelled_or_gone(self, dock: Dock, product: int):
        shipped(dock, "A", product)
        dock.house.connector.deliver([dock.house.command(CANCEL_SALES_ORDER, "A")])
        cancelled, gone = invoice(dock, "A", "Z")
        assert error_of(cancelled, Rejected).code == "not_confirmed"
        assert error_of(gone, Rejected).code == "missing"


class TestMadeOnce:
    @pytest.mark.parametrize("operation", [MAKE, POST, "*/create"])
    @pytest.mark.parametrize("kind", [FaultKind.RESET_BEFORE, FaultKind.REPLY_LOST])
    def test_cut_off(self, dock: Dock, product: int, operation: str, kind: FaultKind):
        shipped(dock, "A", product)
        effect = dock.house.command(INVOICE_SALES_ORDER, "A")
        dock.house.twin.faults.add(Fault(kind, operations=(operation,), count=1))
        (outcome,) = dock.house.connector.deliver([effect])
        error_of(outcome, Ambiguous)
        (found,) = dock.house.connector.probe([effect])
        if isinstance(found, Absent):
            (found,) = dock.house.connector.deliver([effect])
        assert seen(found)["amount_total"] == "64.94"
        assert dock.invoices() == [("posted", "64.94")]

    def test_the_first_reading_fails(self, dock: Dock, product: int):
        shipped(dock, "A", product)
        fault = Fault(FaultKind.RESET_BEFORE, operations=("sale.order/web_read",), count=1)
        dock.house.twin.faults.add(fault)
        with pytest.raises(Unavailable):
            invoice(dock, "A")
        assert dock.invoices() == []

    def test_the_draft_is_not_read_back(self, dock: Dock, product: int, monkeypatch):
        shipped(dock, "A", product)
        connector = dock.house.connector._invoices
        make = connector._make

        def fail_afterwards(ids):
            make(ids)
            fault = Fault(FaultKind.RESET_BEFORE, operations=("sale.order/web_read",), count=1)
            dock.house.twin.faults.add(fault)

        monkeypatch.setattr(connector, "_make", fail_afterwards)
        assert error_of(invoice(dock, "A")[0], Ambiguous).code == "not_read_back"
        assert dock.invoices() == [("draft", "64.94")]

    def test_a_draft_that_is_there_is_posted(self, dock: Dock, product: int):
        order = shipped(dock, "A", product)
        database = dock.house.twin.database
        values = {"sale_order_ids": [[6, 0, [order]]]}
        create_invoices(database, create(database, "sale.advance.payment.inv", [values]))
        dock.house.twin.log.reset()
        assert seen(invoice(dock, "A")[0])["state"] == "posted"
        assert MAKE not in dock.calls()
        assert dock.invoices() == [("posted", "64.94")]

    def test_a_draft_that_a_person_changed_is_left_to_them(self, dock: Dock, product: int):
        order = shipped(dock, "A", product)
        database = dock.house.twin.database
        values = {"sale_order_ids": [[6, 0, [order]]]}
        create_invoices(database, create(database, "sale.advance.payment.inv", [values]))
        for line in database.tables["sale.order.line"].values():
            if line["product_id"] == product:
                line["qty_invoiced"] = 7
        assert error_of(invoice(dock, "A")[0], Rejected).code == "credit_due"
        assert dock.invoices() == [("draft", "64.94")]

    def test_a_draft_that_odoo_made_otherwise_is_not_posted(
        self, dock: Dock, product: int, monkeypatch
    ):
        shipped(dock, "A", product)
        connector = dock.house.connector._invoices
        make = connector._make

        def make_other(ids):
            make(ids)
            for line in dock.house.twin.database.tables["sale.order.line"].values():
                line["qty_invoiced"] -= 1

        monkeypatch.setattr(connector, "_make", make_other)
        assert error_of(invoice(dock, "A")[0], Rejected).code == "invoice_policy"
        assert dock.invoices() == [("draft", "64.94")]

    def test_what_another_made_meanwhile_is_not_refused(
        self, dock: Dock, product: int, monkeypatch
    ):
        """The loser of a race is told that nothing is left: it posts the winner's draft."""
        order = shipped(dock, "A", product)
        database = dock.house.twin.database
        values = {"sale_order_ids": [[6, 0, [order]]], "advance_payment_method": "delivered"}
        connector = dock.house.connector._invoices
        make = connector._make

        def lose(ids):
            create_invoices(database, create(database, "sale.advance.payment.inv", [values]))
            make(ids)

        monkeypatch.setattr(connector, "_make", lose)
        assert seen(invoice(dock, "A")[0])["amount_total"] == "64.94"
        assert dock.invoices() == [("posted", "64.94")]
