"""Every recorded call that the connector makes gets the same kind of answer from the twin."""

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from crossdock.connectors.odoo.twin import DATABASE, KEY, OdooTwin
from crossdock.connectors.odoo.twin.moves import refresh
from crossdock.connectors.odoo.twin.sale_orders import action_confirm
from crossdock.connectors.odoo.twin.schema import MODELS
from crossdock.connectors.odoo.twin.writing import create, unlink
from crossdock.testing.wire import TwinReply, TwinRequest
from tests.contract.odoo.evidence import needs_evidence, recorded

pytestmark = needs_evidence

STORY = (
    "00_json2_context_get", "06_product_dup_barcode", "07_product_dup_default_code",
    "08_product_packaging_read", "200_load_idempotent", "201_load_idempotent_again",
    "202_load_errors", "210_load_create_if_absent", "211_load_create_if_absent_again",
    "212_load_lookup_by_xid", "213_load_lookup_absent", "215_load_batch_one_bad",
    "216_load_after_delete", "217_load_partner", "219_load_order_by_xid_refs",
    "230_batch_create_one_bad", "26_so_dup_ref", "25_so_read", "36_so_confirm",
    "37_so_confirm_again", "57_so_after_partial", "178_so_delete_confirmed",
    "95_so_cancel_confirmed", "98_so_cancelled_confirm", "100_so_unlink", "27_so_cancel_draft",
    "271_confirm_batch_one_already", "176_so_locked_cancel",
)  # fmt: skip
"""In the order they were made; each finds what the ones before it left."""
DELIVERED_STORY = (
    "39_picking_search", "41_move_read", "42_move_line_read", "51_picking_validate_no_ctx",
    "52_picking_state_after_wizard", "53_picking_validate", "54_picking_after",
    "55_picking_validate_again", "57_so_after_partial", "58_so_lines_after_partial",
    "60_invoice_wizard_create", "61_invoice_wizard_create_invoices", "62_so_read_invoices",
    "63_invoice_again", "64_invoice_read_draft", "65_invoice_lines", "67_invoice_post",
    "68_invoice_post_again", "69_invoice_read_posted", "95_so_cancel_confirmed",
    "96_so_after_cancel", "97_pickings_after_cancel",
)  # fmt: skip
"""An order that is shipped in part, invoiced and cancelled."""
ERRORS = (
    "err_access_error_confirm", "err_access_error_create", "err_access_error_read",
    "err_api_private_method", "err_bad_date", "err_bad_domain", "err_bad_key", "err_bad_many2one",
    "err_bad_type_value", "err_ids_on_api_model", "err_json_array_body", "err_malformed_json",
    "err_missing_argument", "err_missing_record_method", "err_missing_record_read",
    "err_missing_record_write", "err_no_auth", "err_no_database_header", "err_private_method",
    "err_required_missing", "err_selection_bad", "err_unexpected_argument",
    "err_unknown_field_domain", "err_unknown_field_read", "err_unknown_field_write",
    "err_unknown_method", "err_unknown_model", "err_wrong_content_type", "err_wrong_database",
)  # fmt: skip


def twin_as_recorded() -> OdooTwin:
    """A twin with the records that the recorded calls name, under their ids."""
    twin = OdooTwin()
    database = twin.database
    for number in (3, 16, 17, 18):
        database.insert("res.partner", {"name": f"partner {number}", "type": "contact"}, number)
    for number in (1, 2, 3, 4, 5):
        values = {"name": f"product {number}", "uom_id": 1, "taxes_id": [1], "list_price": 10}
        database.insert("product.product", values, number)
    database.tables["product.product"][2]["barcode"] = "017952414931"
    for number, state in ((6, "draft"), (7, "draft"), (12, "sale")):
        order(twin, number, state)
    for number, state in ((7274, "draft"), (7275, "sale"), (7276, "draft")):
        order(twin, number, state)
    database.tables["sale.order"][12]["locked"] = True
    database.name("mw_shopify.prod_1795242268", "product.product", 4)
    return twin


def order(twin: OdooTwin, number: int, state: str) -> None:
    values = {"name": f"S{number:05d}", "partner_id": 16, "state": state, "currency_id": 1}
    twin.database.insert("sale.order", values, number)


def replay(twin: OdooTwin, call: dict[str, Any]) -> TwinReply:
    """Send the request as it was recorded, with the twin's own key and database."""
    request = call["request"]
    headers = {name.lower(): value for name, value in request["headers"].items()}
    if headers.get("authorization") == "bearer <API-KEY>":
        headers["authorization"] = f"bearer {KEY}"
    if headers.get("x-odoo-database") == "dist":
        headers["x-odoo-database"] = DATABASE
    body = request["json"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    begun = len(twin.log.effects)
    return twin.handle(TwinRequest(request["method"], request["path"], {}, headers, raw, begun))


def difference(theirs: Any, ours: Any, path: str = "") -> str:
    """Where two answers differ in shape; false stands for any empty value."""
    if theirs in (False, None) or ours in (False, None):
        return ""
    if type(theirs) is not type(ours):
        return f"{path}: {type(theirs).__name__} recorded, {type(ours).__name__} here"
    if isinstance(theirs, dict):
        if theirs.keys() != ours.keys():
            return f"{path}: keys {sorted(theirs)} recorded, {sorted(ours)} here"
        found = (difference(theirs[key], ours[key], f"{path}/{key}") for key in theirs)
        return next(filter(None, found), "")
    if isinstance(theirs, list) and theirs:
        return difference(theirs[0], ours[0], f"{path}[0]") if ours else f"{path}: none here"
    return ""


def reduced(call: dict[str, Any]) -> dict[str, Any]:
    """A recorded reading, of the fields that the twin has."""
    body = call["request"]["json"]
    if "fields" not in body:
        return call
    known = MODELS[call["request"]["path"].split("/")[3]]
    found = deepcopy(call)
    found["request"]["json"]["fields"] = [name for name in body["fields"] if name in known]
    rows = call["response"]["json"]
    found["response"]["json"] = [{k: v for k, v in row.items() if k in known} for row in rows]
    return found


def delivered_twin() -> OdooTwin:
    """Order 6, confirmed, with two of its three lines picked in part or not at all."""
    twin = twin_as_recorded()
    database = twin.database
    for product, quantity in ((2, 30), (3, 4), (4, 6)):
        database.tables["product.product"][product]["invoice_policy"] = "delivery"
        values = {"order_id": 6, "product_id": product, "product_uom_qty": quantity}
        create(database, "sale.order.line", [values])
    action_confirm(database, [6])
    lines = database.tables["stock.move.line"]
    lines[1]["quantity"], lines[1]["picked"], lines[2]["picked"] = Decimal(12), True, True
    for move in database.tables["stock.move"].values():
        refresh(database, move)
    return twin


def check(twin: OdooTwin, name: str) -> None:
    call = recorded(name)
    if name in DELIVERED_STORY:
        call = reduced(call)
    reply = replay(twin, call)
    theirs = call["response"]
    assert reply.status == theirs["status"], (name, reply.body)
    recorded_type = theirs["headers"]["Content-Type"].partition(";")[0]
    assert reply.headers["content-type"].partition(";")[0] == recorded_type, name
    if recorded_type != "application/json":
        return
    ours = json.loads(reply.body)
    if isinstance(ours, dict) and "type" in ours:
        assert ours["type"] == theirs["json"]["type"]
        assert ours["res_model"] == theirs["json"]["res_model"]
        return
    if isinstance(ours, dict) and "debug" in ours:
        assert ours["name"] == theirs["json"]["name"], name
    if isinstance(ours, dict) and "messages" in ours:
        named = [(m.get("record"), m.get("field")) for m in ours["messages"]]
        assert named == [(m.get("record"), m.get("field")) for m in theirs["json"]["messages"]]
        assert bool(ours["ids"]) is bool(theirs["json"]["ids"]), name
    assert not difference(theirs["json"], ours), (name, difference(theirs["json"], ours))


def test_the_story_of_the_recorded_orders():
    twin = twin_as_recorded()
    for name in STORY:
        if name == "216_load_after_delete":
            found = twin.database.external_ids["mw_shopify.order_1795242268"]
            unlink(twin.database, "sale.order", [found.record_id])
        check(twin, name)


def test_the_story_of_the_recorded_delivery():
    twin = delivered_twin()
    for name in DELIVERED_STORY:
        if name == "63_invoice_again":
            create(twin.database, "sale.advance.payment.inv", [{"sale_order_ids": [[6, 0, [6]]]}])
        check(twin, name)
    left = [move["quantity"] for move in twin.database.tables["stock.move"].values()]
    assert left == [12, 4, 0, 0]
    pickings = twin.database.tables["stock.picking"].values()
    states = [(picking["state"], picking["backorder_id"]) for picking in pickings]
    assert states == [("done", False), ("cancel", 1)]


@pytest.mark.parametrize("name", [n for n in ERRORS if n != "err_json_array_body"])
def test_recorded_errors(name: str):
    twin = twin_as_recorded()
    if name.startswith("err_access_error"):
        model = recorded(name)["request"]["path"].split("/")[3]
        twin.methods.denied.update({(model, o) for o in ("read", "create", "write")})
    check(twin, name)


def test_an_array_as_body_is_no_arguments_so_everything_comes_back():
    reply = replay(twin_as_recorded(), recorded("err_json_array_body"))
    assert reply.status == 200
    found = json.loads(reply.body)
    assert len(found) > 1
    assert {"id", "name", "display_name"} <= found[0].keys()


def test_replays_give_the_same_ids_and_change_nothing():
    twin = twin_as_recorded()
    first = json.loads(replay(twin, recorded("210_load_create_if_absent")).body)["ids"]
    effects = len(twin.log.effects)
    again = json.loads(replay(twin, recorded("211_load_create_if_absent_again")).body)["ids"]
    assert again == first
    assert len(twin.log.effects) == effects


def test_the_replay_itself_can_fail():
    """A twin without its duplicates check is caught."""
    twin = twin_as_recorded()
    twin.database.tables["product.product"][2]["barcode"] = ""
    with pytest.raises(AssertionError):
        check(twin, "06_product_dup_barcode")
