"""Every recorded call that the connector makes gets the same kind of answer from the twin."""

import json
from typing import Any

import pytest

from crossdock.connectors.odoo.twin import DATABASE, KEY, OdooTwin
from crossdock.connectors.odoo.twin.writing import unlink
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


def check(twin: OdooTwin, name: str) -> None:
    call = recorded(name)
    reply = replay(twin, call)
    theirs = call["response"]
    assert reply.status == theirs["status"], (name, reply.body)
    recorded_type = theirs["headers"]["Content-Type"].partition(";")[0]
    assert reply.headers["content-type"].partition(";")[0] == recorded_type, name
    if recorded_type != "application/json":
        return
    ours = json.loads(reply.body)
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
