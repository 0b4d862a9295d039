import json
from datetime import timedelta

import pytest

from crossdock.connectors.shopify.orders import LINES_INSIDE
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.order_factory import PLAIN
from crossdock.domain.order_response import OrderResponse, OrderResponseStatus
from crossdock.ports.effect import EffectToSend, Failed, Observed
from crossdock.ports.erp import READ_ORDER, OrderCommand
from crossdock.ports.errors import NotYet, Rejected, Unavailable
from crossdock.ports.message import Arrival
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW


def effect(shop, order_id: int) -> EffectToSend:
    request = shop.prepare(READ_ORDER, OrderCommand(external_id="", id=order_id), {})
    return EffectToSend("read", READ_ORDER, f"order:{order_id}", request, 1)


@pytest.fixture
def order(twin):
    with twin.lock:
        return twin.shop.place(1, NOW, lines=30)[0]


def test_the_order_comes_back_as_an_arrival(twin, shop, order):
    (outcome,) = shop.deliver([effect(shop, order.order_id)])
    assert isinstance(outcome, Observed)
    observation = json.loads(json.dumps(outcome.observation))
    arrival = Arrival(observation["topic"], {}, observation["body"].encode())
    assert shop.identify(arrival).work_key == f"shop_eu:order:{order.order_id}"
    document = shop.translate("shopify.order", arrival)
    assert len(document.lines) == sum(not line.is_tip for line in order.lines)


def test_the_same_state_gives_the_same_message(shop, order):
    first, second = (shop.deliver([effect(shop, order.order_id)])[0] for _ in range(2))
    assert first.observation == second.observation


def test_an_order_of_5000_lines(twin, shop):
    with twin.lock:
        (long,) = twin.shop.place(1, NOW, lines=5_000)
    (outcome,) = shop.deliver([effect(shop, long.order_id)])
    arrival = Arrival("orders/reread", {}, outcome.observation["body"].encode())
    document = shop.translate("shopify.order", arrival)
    goods = [line for line in long.lines if not line.is_tip]
    assert [line.line_id for line in document.lines] == [str(line.line_id) for line in goods]
    assert document.total.amount > 0


@pytest.mark.parametrize("lines", [LINES_INSIDE, LINES_INSIDE + 1])
def test_lines_on_the_page_border(twin, shop, lines):
    with twin.lock:
        twin.shop.mixture = twin.shop.factory.mixture = PLAIN
        (order,) = twin.shop.place(1, NOW, lines=lines)
    (outcome,) = shop.deliver([effect(shop, order.order_id)])
    assert len(json.loads(outcome.observation["body"])["lineItems"]["nodes"]) == lines
    assert len(twin.log.called("ReadOrderLines")) == (lines > LINES_INSIDE)


def test_by_external_id(shop, order):
    command = OrderCommand(external_id=str(order.order_id))
    assert json.loads(shop.prepare(READ_ORDER, command, {})) == {
        "order_id": f"gid://shopify/Order/{order.order_id}"
    }


def test_a_replica_behind_what_was_sighted_is_read_again_later(twin, shop, order, clock):
    changes.write_note(twin.shop, order, NOW + timedelta(seconds=1), "changed")
    (page,) = shop.sweep("orders", None, clock.now() + timedelta(minutes=1))
    (sighting,) = page.sightings
    command = OrderCommand(external_id=sighting.external_id, seen_version=sighting.version)
    request = shop.prepare(READ_ORDER, command, {})
    lagging = EffectToSend("read", READ_ORDER, f"order:{order.order_id}", request, 1)
    order.updated_at = NOW
    (outcome,) = shop.deliver([lagging])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NotYet)
    assert sighting.version in outcome.error.reason
    for seconds in (1, 2):
        order.updated_at = NOW + timedelta(seconds=seconds)
        assert isinstance(shop.deliver([lagging])[0], Observed)


def test_a_deleted_order_is_rejected(twin, shop, order):
    with twin.lock:
        changes.delete(twin.shop, order)
    (outcome,) = shop.deliver([effect(shop, order.order_id)])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert outcome.error.code == "not_found"


def test_an_outage_is_unavailable(twin, shop, order):
    twin.faults.add(Fault(FaultKind.REPLY_LOST))
    (outcome,) = shop.deliver([effect(shop, order.order_id)])
    assert isinstance(outcome.error, Unavailable)


def test_an_order_that_keeps_changing_is_left_for_later(twin, shop, order, clock, monkeypatch):
    plain = twin.handle

    def handle(request):
        reply = plain(request)
        clock.advance(timedelta(seconds=1))
        changes.write_note(twin.shop, order, clock.now(), str(clock.now()))
        return reply

    monkeypatch.setattr(twin, "handle", handle)
    (outcome,) = shop.deliver([effect(shop, order.order_id)])
    assert isinstance(outcome.error, NotYet)


@pytest.mark.parametrize(
    "document",
    [OrderCommand(external_id="SO/1"), OrderCommand(external_id=""),
     OrderResponse(reference="1", status=OrderResponseStatus.ACCEPTED, answered_at=NOW)],
)  # fmt: skip
def test_what_cannot_be_asked_is_rejected(shop, document):
    with pytest.raises(Rejected):
        shop.prepare(READ_ORDER, document, {})
