"""The published document describes what is on the wire, and nothing else."""

import json
import re

import pytest

from crossdock.connectors.wms.contract.openapi import document, document_text
from crossdock.connectors.wms.twin.wms_twin import WmsTwin
from crossdock.testing.wire import TwinRequest
from tests.contract.wms.conformity import Nonconforming, check_body, check_event, described
from tests.contract.wms.conftest import NOW
from tests.contract.wms.documents import cancelling, fulfilment_order, send, sending

DOCUMENT = document()


class TestConformity:
    """The fixture `wire` holds every exchange of every test against the document."""

    def test_every_operation_is_exchanged_and_conforms(self, wms, wire, twin, clock):
        send(wms, fulfilment_order(1), fulfilment_order(2))
        send(wms, fulfilment_order(3))
        wms.probe([sending(wms, fulfilment_order(1))])
        wms.deliver([cancelling(wms, 2)])
        twin.work(9)
        list(wms.sweep("events", None, clock.now()))
        list(wms.list_documents("order", NOW, clock.now()))
        wms.maintain(clock.now(), "https://crossdock.example/hooks/wms")
        wms.check(clock.now())
        operations = {o["operationId"] for p in DOCUMENT["paths"].values() for o in p.values()}
        assert set(wire.checked) == operations

    @pytest.mark.parametrize("rest", ['"time":"noon"', '"time":"2026-11-21T08:00Z","x":1'])
    def test_a_reply_that_differs_is_noticed(self, rest):
        body = f'{{"version":"1.0",{rest}}}'
        with pytest.raises((Nonconforming, ValueError)):
            check_body(described("GET", "/v1/health")["responses"]["200"], body.encode())

    def test_an_event_that_differs_is_noticed(self):
        with pytest.raises((Nonconforming, ValueError)):
            check_event(b'{"event_id":"1","type":"lost"}')

    def test_a_request_the_document_lacks_is_noticed(self):
        with pytest.raises(Nonconforming):
            described("DELETE", "/v1/fulfilment-orders/F-1")


class TestDocument:
    def test_every_reference_leads_somewhere(self):
        for name in set(re.findall(r"#/components/schemas/(\w+)", document_text())):
            assert name in DOCUMENT["components"]["schemas"], name

    def test_every_schema_is_used(self):
        used = set(re.findall(r"#/components/schemas/(\w+)", document_text()))
        assert set(DOCUMENT["components"]["schemas"]) == used

    def test_operations_are_named_once_and_described(self):
        operations = [o for path in DOCUMENT["paths"].values() for o in path.values()]
        names = [operation["operationId"] for operation in operations]
        assert len(names) == len(set(names)) == 9
        assert all(operation["description"] for operation in operations)

    def test_amounts_are_text(self):
        amount = DOCUMENT["components"]["schemas"]["Quantity"]["properties"]["amount"]
        assert amount["type"] == "string"
        assert re.fullmatch(amount["pattern"], "-12.5")
        assert not re.fullmatch(amount["pattern"], "1e3")

    def test_each_type_of_event_has_its_schema(self):
        mapping = DOCUMENT["components"]["schemas"]["Event"]["discriminator"]["mapping"]
        assert len(mapping) == 11
        assert mapping["shipped"].endswith("/FulfilmentEvent")

    def test_it_is_json(self):
        assert json.loads(document_text()) == DOCUMENT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"fulfilment_id":"F-1","order_key":"k","ship_to":{},"lines":[]}',
        b'{"fulfilment_id":"F-1","order_key":"k","ship_to":{"floor":2},"lines":['
        b'{"line_id":"1","sku":"A","quantity":{"amount":"1","unit":"EA"}}]}',
    ],
)
def test_the_twin_refuses_what_the_document_does_not_allow(body):
    twin = WmsTwin()
    headers = {"authorization": f"Bearer {twin.token}"}
    reply = twin.handle(TwinRequest("PUT", "/v1/fulfilment-orders/F-1", {}, headers, body))
    assert reply.status == 400
    assert not twin.log.effects
