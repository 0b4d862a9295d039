"""Customers and addresses in a real Odoo 19."""

from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.parties import Address, Party
from crossdock.ports.effect import Absent, EffectToSend, Failed, Observed
from crossdock.ports.erp import CREATE_PARTY
from crossdock.ports.errors import Rejected
from tests.live.odoo.conftest import LiveHouse


def effect(house: LiveHouse, name: str, kind: str, parent=None, **address) -> EffectToSend:
    code = Identifier(scheme=IdentifierScheme.CUSTOMER_CODE, value=f"{house.odoo.prefix}-{name}")
    where = {"street": "1 Main St", "city": "Fresno", "postal_code": "93650",
             "subdivision": "CA", "country": "US", **address}  # fmt: skip
    party = Party(name=f"{house.odoo.prefix} {name}", email=f"{name}@{house.odoo.prefix}.example",
                  identifiers=(code,), address=Address(**where))  # fmt: skip
    external_id = f"crossdock_{house.odoo.prefix}.party_{name}"
    resolved = {"external_id": external_id, "type": kind, "parent": parent}
    request = house.connector.prepare(CREATE_PARTY, party, resolved)
    return EffectToSend(name, CREATE_PARTY, external_id, request, 1)


def test_customer_address_and_order_by_external_id(house: LiveHouse):
    customer = effect(house, "buyer", "contact")
    assert house.connector.probe([customer]) == [Absent("buyer")]
    first, again = (house.connector.deliver([customer])[0] for _ in range(2))
    assert isinstance(first, Observed)
    assert first == again
    parent = {"external_id": first.observation["external_id"]}
    (dock,) = house.connector.deliver([effect(house, "dock", "delivery", parent, street="2 Dock")])
    assert isinstance(dock, Observed)
    (stands,) = house.odoo.find(
        "res.partner", [["id", "=", dock.observation["id"]]], ["type", "parent_id", "state_id"]
    )
    assert (stands["type"], stands["parent_id"]) == ("delivery", first.observation["id"])
    assert stands["state_id"]
    order = house.drafted("byname", partner=parent)
    (found,) = house.odoo.find("sale.order", [["id", "=", order["id"]]], ["partner_id"])
    assert found["partner_id"] == first.observation["id"]


def test_an_unknown_state_is_refused(house: LiveHouse):
    (outcome,) = house.connector.deliver([effect(house, "nowhere", "contact", subdivision="QQ")])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert outcome.error.field == "subdivision"
