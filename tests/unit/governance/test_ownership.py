from dataclasses import replace

import pytest

from crossdock.governance.ownership import NotTheOwner, OwnershipConflict, merge_ownership
from crossdock.ports.manifest import Manifest

EMPTY = Manifest("", "", "integration", "1", None, ())
ODOO = replace(EMPTY, system="odoo", ownership={"sales_order": "odoo", "product": "odoo"})
SHOP = replace(EMPTY, system="shop", ownership={"sales_order.note": "shop", "product": "odoo"})


def test_the_longest_declared_group_decides() -> None:
    matrix = merge_ownership([SHOP, ODOO, ODOO])
    assert matrix.owner_of("sales_order.total.amount") == "odoo"
    assert matrix.owner_of("sales_order.note") == "shop"
    assert matrix.owner_of("sales_order_line") is None
    assert [r.declared_by for r in matrix.rows if r.field == "product"] == [("odoo", "shop")]


def test_a_write_by_another_system_is_refused_with_a_remedy() -> None:
    matrix = merge_ownership([SHOP, ODOO])
    matrix.require_owner("sales_order.total", "odoo")
    matrix.require_owner("nobody.cares", "shop")
    with pytest.raises(NotTheOwner, match=r"shop may not write sales_order\.total: odoo owns it"):
        matrix.require_owner("sales_order.total", "shop")


def test_two_owners_of_one_field_are_a_conflict() -> None:
    other = replace(SHOP, ownership={"product": "shop"})
    with pytest.raises(OwnershipConflict, match="odoo says odoo owns product, shop says shop"):
        merge_ownership([other, ODOO])
