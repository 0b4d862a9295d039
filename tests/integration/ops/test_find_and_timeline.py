import pytest

from crossdock.engine.store import Store
from crossdock.governance.catalog import UnknownEventType
from crossdock.ops.events import list_events
from crossdock.ops.exceptions import list_holds
from crossdock.ops.find import Ambiguous, NotFound, find_one, find_work
from crossdock.ops.messages import MessageFilter, list_messages, message_detail
from crossdock.ops.orders import list_orders, order_detail
from crossdock.ops.release_hold import release_hold
from crossdock.ops.timeline import Chapter, timeline
from crossdock.ops.word import Resolution, Word
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

WORK = "shop:order:7"


@pytest.fixture
def sold(house: PaperHouse) -> PaperHouse:
    house.arrive(order_body(7, po="PO-4711"))
    house.arrive(order_body(7, po="PO-4711"))
    house.settle()
    return house


def test_any_id_of_an_order_leads_to_it(sold: PaperHouse) -> None:
    message = sold.rows("SELECT message_id, message_key FROM message ORDER BY message_id")[0]
    effect = sold.rows("SELECT effect_id, effect_key FROM effect ORDER BY effect_id")[0]
    identity = sold.rows("SELECT identity FROM identity_claim")[0].identity
    ids = {
        "7": "alias",
        "#7": "alias",
        "PO-4711": "alias",
        "po-4711": "alias",
        "S00001": "alias",
        "s00001": "alias",
        "erp:sale.order:1": "alias",
        WORK: "work key",
        effect.effect_key: "effect key",
        message.message_key: "message key",
        f"message:{message.message_id}": "message",
        f"effect:{effect.effect_id}": "effect",
        identity: "alias",
    }
    with sold.store.transaction() as tx:
        found = {id_: find_one(tx, id_) for id_ in ids}
    assert {f.work_key for f in found.values()} == {WORK}
    assert {id_: f.by for id_, f in found.items()} == ids


def test_what_nobody_knows_and_what_two_know(sold: PaperHouse) -> None:
    sold.rows("INSERT INTO alias VALUES (1, 'PO-4711', 'portal:order:1') RETURNING 1")
    with sold.store.transaction() as tx:
        assert find_work(tx, "nothing") == []
        with pytest.raises(NotFound, match="'nothing'"):
            find_one(tx, "nothing")
        with pytest.raises(Ambiguous, match="portal:order:1, shop:order:7"):
            find_one(tx, "PO-4711")


def test_another_companys_ids_lead_nowhere(sold: PaperHouse, database: str) -> None:
    with Store(database, size=1, companies=[2]) as second, second.transaction() as tx:
        assert find_work(tx, "PO-4711") == find_work(tx, WORK) == find_work(tx, "message:1") == []
        assert [timeline(tx, WORK), list_orders(tx), list_messages(tx)] == [[], [], []]


def test_a_timeline_tells_the_whole_story_in_order(sold: PaperHouse) -> None:
    with sold.store.transaction() as tx:
        entries = timeline(tx, WORK)
    assert [e.at for e in entries] == sorted(e.at for e in entries)
    story = [(e.chapter, e.title) for e in entries if e.chapter is not Chapter.ATTEMPT]
    assert story[0] == (Chapter.MESSAGE, "paper.order by webhook")
    assert (Chapter.REPEAT, "message 1 arrived again by webhook") in story
    events = [t for c, t in story if c is Chapter.EVENT]
    assert events[:3] == ["sales_order.accepted", "sales_order.drafted", "sales_order.confirmed"]
    effects = [t for c, t in story if c is Chapter.EFFECT]
    assert effects == ["create_sales_order", "confirm_sales_order", "send_order_response"]
    attempts = [e for e in entries if e.chapter is Chapter.ATTEMPT]
    assert [(e.title.split(",")[0], e.state) for e in attempts] == [
        (f"send {operation}", "observed") for operation in effects
    ]


def test_a_timeline_shows_holds_and_who_closed_them(house: PaperHouse) -> None:
    house.arrive(order_body(7, sku="NEW"))
    house.settle()
    with house.store.transaction() as tx:
        [hold] = list_holds(tx)
        word = Word("anna", house.clock.now(), "because")
        release_hold(tx, house.registry, hold.hold_id, Resolution.DONE, word)
    with house.store.transaction() as tx:
        held = [e for e in timeline(tx, WORK) if e.chapter in (Chapter.HOLD, Chapter.RELEASE)]
    assert [(e.chapter, e.state) for e in held] == [(Chapter.HOLD, "closed"), (Chapter.RELEASE, "")]
    assert held[1].title == f"hold {hold.hold_id} closed by anna"
    assert held[1].detail == "done: because"


def test_orders_and_messages_are_shown_with_their_content(sold: PaperHouse) -> None:
    with sold.store.transaction() as tx:
        [order] = list_orders(tx)
        assert (order.name, order.status, order.erp_name) == ("#7", "confirmed", "S00001")
        assert str(order.total_amount) == "20.00"
        assert list_orders(tx, status="held") == []
        detail = order_detail(tx, WORK)
        assert detail.state.order.reference == "PO-4711"
        with pytest.raises(NotFound):
            order_detail(tx, "shop:order:8")
        first = list_messages(tx, MessageFilter(kind="paper.order"))[-1]
        message = message_detail(tx, first.message_id)
    assert message.arrivals == 2
    assert '"po": "PO-4711"' in message.body
    assert [e.operation for e in message.effects] == ["create_sales_order"]


def test_events_are_listed_and_followed(sold: PaperHouse) -> None:
    with sold.store.transaction() as tx:
        newest = list_events(tx)
        assert newest == list_events(tx, after=0)[::-1]
        assert list_events(tx, after=newest[0].event_id) == []
        drafted = list_events(tx, type_="sales_order.drafted")
        assert [e.type for e in drafted] == ["sales_order.drafted"]
        with pytest.raises(UnknownEventType):
            list_events(tx, type_="sales_order.drafed")
