import json

import pytest

from crossdock.connectors.odoo.webhooks import STREAMS
from crossdock.ports.errors import BadSignature, Unreadable
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from crossdock.testing.contract.signature_contract import SignatureContract
from tests.contract.odoo.conftest import make_connector
from tests.contract.odoo.evidence import needs_evidence, recorded

URL = "http://127.0.0.1:9"


def webhook(model: str = "sale.order", token: str = "newest-secret") -> Arrival:
    body = {"_action": "crossdock", "_id": 22, "_model": model, "id": 22, "state": "sale"}
    return Arrival("", {"x-crossdock-token": token}, json.dumps(body).encode())


class TestToken(SignatureContract):
    signature_header = "x-crossdock-token"

    def receiver(self):
        return make_connector(URL)

    def signed(self, secret: str) -> Arrival:
        return webhook(token=secret)

    def test_a_changed_body_is_refused(self):
        """Odoo signs nothing: a webhook is therefore only ever a hint to sweep."""
        assert isinstance(self.receiver().identify(webhook()), Hint)

    def test_without_a_configured_token_nothing_is_accepted(self):
        receiver = make_connector(URL)
        receiver._tokens = ()
        with pytest.raises(BadSignature):
            receiver.authenticate(webhook(token=""))


@pytest.mark.parametrize("model", sorted(STREAMS))
def test_each_model_hints_at_its_stream(model: str):
    connector = make_connector(URL)
    assert connector.identify(webhook(model)) == Hint(STREAMS[model])
    assert STREAMS[model] in {stream.name for stream in connector.manifest.streams}


@needs_evidence
def test_recorded_webhooks_are_understood():
    connector = make_connector(URL)
    bodies = recorded("webhook_sale_order_create")["body"]
    assert bodies
    for body in bodies:
        if body["_model"] in STREAMS:
            arrival = Arrival("", {}, json.dumps(body).encode())
            assert connector.identify(arrival) == Hint("sale_orders")


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"", "body"), (b"[]", "body"), (b"{}", "_model"), (b'{"_model": "res.lang"}', "_model")],
)
def test_what_no_stream_reads_is_unreadable(body: bytes, field: str):
    with pytest.raises(Unreadable) as caught:
        make_connector(URL).identify(Arrival("", {}, body))
    assert caught.value.field == field


def swept(**changes: object) -> Arrival:
    body = {
        "id": 7, "name": "S00007", "state": "sale", "client_order_ref": "PO-1",
        "amount_total": "36.02", "currency": "USD", "write_date": "2026-11-21 09:00:00", **changes,
    }  # fmt: skip
    return Arrival("sale.order", {}, json.dumps(body).encode())


def test_a_swept_order_is_a_snapshot_of_its_order():
    identity = make_connector(URL).identify(swept())
    assert isinstance(identity, MessageIdentity)
    assert identity.kind == "odoo.sale_order"
    assert identity.work_key == "odoo:sale.order:7"
    assert identity.version == "2026-11-21 09:00:00"


def test_the_same_version_with_other_content_is_another_message():
    connector = make_connector(URL)
    first, same, other = (connector.identify(a) for a in (swept(), swept(), swept(state="cancel")))
    assert first == same
    assert first != other
