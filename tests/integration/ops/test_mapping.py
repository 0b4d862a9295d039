import pytest

from crossdock.engine.registry import UnknownConnection
from crossdock.governance.audit import list_acts
from crossdock.governance.mappings import MappingKind, list_mappings
from crossdock.ops.exceptions import list_holds
from crossdock.ops.mapping import Mapped, NoSuchMapping, UnknownCode, map_code, unmap_code
from crossdock.ops.word import Word
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

SKU = MappingKind.SKU


def map_sku(
    house: PaperHouse, external: str, canonical: str, word: Word, **options: bool
) -> Mapped:
    with house.store.transaction() as tx:
        return map_code(tx, "shop", SKU, (external, canonical), word, **options)


def test_a_mapping_releases_all_that_waited_for_it_in_order(house: PaperHouse, word: Word) -> None:
    """Scenario: 100 orders, some with an unknown SKU; mapping it releases them, in order."""
    for number in range(1, 31):
        house.arrive(order_body(number, sku="MINE" if number % 10 == 7 else "A-1"))
    house.settle()
    assert [house.status(n) for n in (7, 17, 27)] == ["held"] * 3
    assert len(house.erp.orders) == 27
    mapped = map_sku(house, "MINE", "B-2", word)
    in_order = house.rows("SELECT hold_id FROM hold ORDER BY message_id")
    assert list(mapped.released) == [r.hold_id for r in in_order]
    assert len(in_order) == 3
    waiting = house.rows(
        "SELECT work_key FROM message WHERE state = 'waiting' ORDER BY lane, message_id"
    )
    assert [r.work_key for r in waiting] == [f"shop:order:{n}" for n in (7, 17, 27)]
    house.settle()
    assert [house.status(n) for n in range(1, 31)] == ["confirmed"] * 30
    assert len(house.erp.orders) == 30
    with house.store.transaction() as tx:
        assert list_holds(tx) == []


def test_only_what_waits_for_this_need_is_released(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, sku="MINE"), order_body(2, sku="OTHER"))
    house.settle()
    map_sku(house, "MINE", "A-1", word)
    house.settle()
    assert [house.status(1), house.status(2)] == ["confirmed", "held"]


def test_a_typing_error_is_refused_with_suggestions(house: PaperHouse, word: Word) -> None:
    with pytest.raises(UnknownCode, match=r"no products with sku:B2: did you mean B-2"):
        map_sku(house, "MINE", "B2", word)
    with pytest.raises(UnknownConnection, match="'nowhere'"), house.store.transaction() as tx:
        map_code(tx, "nowhere", SKU, ("A", "B"), word)
    assert map_sku(house, "MINE", "B2", word, unchecked=True).canonical_code == "B2"


def test_a_mapping_is_replaced_removed_and_audited(house: PaperHouse, word: Word) -> None:
    assert map_sku(house, "MINE", "A-1", word).replaced is None
    assert map_sku(house, "MINE", "A-1", word).replaced is None
    assert map_sku(house, "MINE", "B-2", word).replaced == "A-1"
    with house.store.transaction() as tx:
        [mapping] = list_mappings(tx, "shop")
        assert (mapping.canonical_code, mapping.created_by) == ("B-2", "anna")
        assert unmap_code(tx, "shop", SKU, "MINE", word) == "B-2"
        assert list_mappings(tx) == []
        with pytest.raises(NoSuchMapping):
            unmap_code(tx, "shop", SKU, "MINE", word)
        acts = list_acts(tx, subject="mapping:sku:shop:MINE")
    assert [a.action for a in acts] == ["mapping.drop"] + ["mapping.put"] * 3


def test_customers_are_mapped_by_their_code(house: PaperHouse, word: Word) -> None:
    house.arrive(order_body(1, email="boris@example.com"))
    house.settle()
    with house.store.transaction() as tx:
        [hold] = list_holds(tx)
        assert hold.need == "customer:shop:boris@example.com"
        codes = ("boris@example.com", "ANNA")
        assert map_code(tx, "shop", MappingKind.CUSTOMER, codes, word).released == [hold.hold_id]
    house.settle()
    assert house.status() == "confirmed"
