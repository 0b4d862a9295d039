"""Every model, field, method and parameter that we name exists in a real Odoo 19."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from crossdock.connectors.odoo.check import RIGHTS
from crossdock.connectors.odoo.mapping import listed
from crossdock.connectors.odoo.mapping.deliveries import SPECIFICATION as DELIVERIES
from crossdock.connectors.odoo.mapping.erp_order import LINE_FIELDS, ORDER_FIELDS
from crossdock.connectors.odoo.mapping.invoice import SPECIFICATION as INVOICES
from crossdock.connectors.odoo.mapping.order_request import LINE_FIELDS as LOADED_LINE
from crossdock.connectors.odoo.mapping.party import FIELDS as LOADED_PARTY
from crossdock.connectors.odoo.mapping.shipment_rows import LINE_FIELDS as LINE_FIELDS_OF_LOAD
from crossdock.connectors.odoo.mapping.shipment_rows import TRACKING
from crossdock.connectors.odoo.streams import ORDER_FIELDS as SWEPT_ORDER
from crossdock.connectors.odoo.streams import PROJECTIONS
from crossdock.connectors.odoo.twin.schema import MODELS
from crossdock.ports.effect import Observed
from tests.contract.odoo.conftest import NOW, House
from tests.contract.odoo.evidence import FOLDER, fields_of, methods_of, needs_evidence
from tests.contract.odoo.shipping import Dock

NUMBERS = {"float", "monetary", "integer", "many2one_reference"}
TEXT = {"char", "text", "selection", "html"}


def known(model: str, path: str) -> None:
    """A column of `load`: every step exists, `id` and `.id` end it."""
    name, _, rest = path.partition("/")
    if name in ("id", ".id"):
        assert not rest
        return
    field = fields_of(model)[name]
    if rest:
        known(field["relation"], rest)


def asked(model: str, specification: Mapping[str, Any]) -> None:
    """A specification of `web_read`: every field exists, and only relations go deeper."""
    for name, further in specification.items():
        field = fields_of(model)[name]
        if further:
            asked(field["relation"], further["fields"])


@needs_evidence
class TestNames:
    def test_columns_of_load_exist(self):
        for column in LOADED_LINE:
            known("sale.order", column)
        for column in (*LOADED_PARTY, "parent_id/.id", "parent_id/id"):
            known("res.partner", column)
        for name in ("partner_id", "partner_shipping_id", "partner_invoice_id"):
            known("sale.order", f"{name}/.id")
        for name in ("client_order_ref", "origin", "date_order"):
            known("sale.order", name)

    def test_fields_that_are_read_exist(self):
        for model, names in (
            ("sale.order", ORDER_FIELDS), ("sale.order.line", LINE_FIELDS),
            ("sale.order", SWEPT_ORDER),
        ):  # fmt: skip
            assert set(names) <= fields_of(model).keys()
        for source in PROJECTIONS.values():
            assert {*source.fields, "write_date"} <= fields_of(source.model).keys(), source.model

    def test_fields_of_deliveries_invoices_and_lists_exist(self):
        for specification in (DELIVERIES, INVOICES):
            asked("sale.order", specification)
        for column in (".id", TRACKING, *LINE_FIELDS_OF_LOAD):
            known("stock.picking", column)
        for model, names in (
            ("sale.order", listed.ORDER_FIELDS), ("sale.order.line", listed.LINE_FIELDS),
            ("account.move", listed.INVOICE_FIELDS),
        ):  # fmt: skip
            assert set(names) <= fields_of(model).keys()

    def test_rights_are_asked_of_known_models(self):
        for model, _ in RIGHTS:
            assert "has_access" in methods_of(model)

    def test_every_call_of_a_working_day_names_known_methods_and_parameters(self, house: House):
        calls = self.a_working_day(house)
        assert len({operation for operation, _ in calls}) > 25
        for operation, body in calls:
            model, _, method = operation.partition("/")
            if not (FOLDER / "methods" / f"{model}.json").exists():
                assert model in ("res.users", "res.country", "res.country.state"), model
                continue
            parameters = methods_of(model)[method]["parameters"]
            given = set(body) - {"ids", "context"}
            if "read_kwargs" in parameters:
                given -= {"load"}
            assert given <= parameters.keys(), operation

    def a_working_day(self, house: House) -> list[tuple[str, dict]]:
        house.twin.log.keep_bodies = True
        connector = house.connector
        connector.check(NOW)
        connector.deliver([house.create("A"), house.create("B", product=999)])
        connector.probe([house.create("A"), house.create("B")])
        connector.deliver([house.command("confirm_sales_order", "A")])
        dock = Dock(house)
        product = dock.goods(tracking="lot")
        dock.count(product, 9, "L")
        dock.ordered("C", product)
        shipment = dock.shipment("C", "s1", "4", product, [("L", "4")])
        connector.deliver([shipment])
        connector.probe([shipment])
        dock.count(product, 9, "M")
        connector.deliver([dock.shipment("C", "s2", "1", product, [("M", "1")])])
        for operation in ("invoice_sales_order", "close_sales_order"):
            effect = house.command(operation, "C")
            outcomes = [*connector.deliver([effect]), *connector.probe([effect])]
            assert all(isinstance(outcome, Observed) for outcome in outcomes)
        for kind in connector.listed_kinds():
            list(connector.list_documents(kind, NOW - timedelta(days=99), NOW + timedelta(days=99)))
        connector.deliver([house.command("cancel_sales_order", "A")])
        for stream in connector.manifest.streams:
            list(connector.sweep(stream.name, None, NOW))
        return [
            (call.operation, json.loads(call.body))
            for call in house.twin.log.calls
            if call.body and "/" in call.operation
        ]

    def test_the_twin_has_only_fields_that_exist_with_their_types(self):
        for model, fields in MODELS.items():
            if not (FOLDER / "fields" / f"{model}.json").exists():
                continue
            theirs = fields_of(model)
            for name, field in fields.items():
                if (model, name) == ("res.users.apikeys", "write_date"):
                    continue
                assert name in theirs, f"{model}.{name}"
                kind = theirs[name]["type"]
                same = field.type == kind or {field.type, kind} <= NUMBERS
                assert same or {field.type, kind} <= TEXT, f"{model}.{name}: {kind}"

    def test_an_unknown_column_is_noticed(self):
        with pytest.raises(KeyError):
            known("sale.order", "order_line/no_such_field")
