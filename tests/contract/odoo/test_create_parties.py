import pytest

from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.parties import Address, Party
from crossdock.ports.effect import Absent, Conflicting, EffectToSend, Failed, Observed
from crossdock.ports.erp import CREATE_PARTY
from crossdock.ports.errors import Ambiguous, Rejected
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.odoo.conftest import NOW, House

XID = "crossdock_shop.party_1"
ADDRESS = Address(
    name="Jane Doe", company="Doe Ltd", street="1 Main St", city="Fresno", postal_code="93650",
    subdivision="CA", country="US", phone="+1 555 0100",
)  # fmt: skip


def effect(house: House, address: Address | None = ADDRESS, **resolved) -> EffectToSend:
    code = Identifier(scheme=IdentifierScheme.CUSTOMER_CODE, value="C-7")
    party = Party(name="Jane", email="jane@doe.example", identifiers=(code,), address=address)
    given = {"external_id": XID, "type": "contact", "parent": None, **resolved}
    return EffectToSend(
        "party:1", CREATE_PARTY, XID, house.connector.prepare(CREATE_PARTY, party, given), 1
    )


def partners(house: House) -> list[dict]:
    return [
        p for p in house.twin.database.tables["res.partner"].values() if p["id"] > house.partner
    ]


def test_a_customer_is_created_with_its_address(house: House):
    (outcome,) = house.connector.deliver([effect(house)])
    (partner,) = partners(house)
    assert outcome == Observed("party:1", {"id": partner["id"], "external_id": XID})
    assert (partner["name"], partner["email"], partner["ref"]) == (
        "Jane",
        "jane@doe.example",
        "C-7",
    )
    tables = house.twin.database.tables
    assert tables["res.country"][partner["country_id"]]["code"] == "US"
    assert tables["res.country.state"][partner["state_id"]]["code"] == "CA"


def test_a_delivery_address_is_named_by_its_addressee_under_its_parent(house: House):
    house.connector.deliver([effect(house)])
    child = effect(house, external_id="crossdock_shop.party_2", type="delivery",
                   parent={"external_id": XID})  # fmt: skip
    (outcome,) = house.connector.deliver([child])
    assert isinstance(outcome, Observed)
    parent, address = partners(house)
    assert (address["name"], address["type"]) == ("Jane Doe", "delivery")
    assert address["parent_id"] == parent["id"]


def test_what_was_created_is_found_by_its_address_afterwards(house: House):
    """The key that an order is matched by is the key the sweep brings for it."""
    house.connector.deliver([effect(house, type="delivery", parent={"id": house.partner})])
    (page,) = house.connector.sweep("partners", None, NOW)
    keys = {key for row in page.rows for key in row.lookup}
    assert f"address:{ADDRESS.match_key()}" in keys
    assert "email:jane@doe.example" in keys
    assert "customer_code:C-7" in keys


def test_created_once(house: House):
    for _ in range(2):
        house.connector.deliver([effect(house)])
    assert house.twin.log.keys("res.partner") == [XID]


def test_a_lost_reply_is_ambiguous_and_the_probe_adopts(house: House):
    assert house.connector.probe([effect(house)]) == [Absent("party:1")]
    house.twin.faults.add(Fault(FaultKind.REPLY_LOST, operations=("res.partner/load",), count=1))
    (outcome,) = house.connector.deliver([effect(house)])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Ambiguous)
    (found,) = house.connector.probe([effect(house)])
    assert isinstance(found, Observed)
    assert found.adopted


def test_an_archived_partner_is_a_persons_to_decide(house: House):
    house.connector.deliver([effect(house)])
    partners(house)[0]["active"] = False
    (found,) = house.connector.probe([effect(house)])
    assert isinstance(found, Conflicting)


@pytest.mark.parametrize(
    ("changes", "field"), [({"subdivision": "ZZ"}, "subdivision"), ({"country": "QQ"}, "country")]
)
def test_an_unknown_region_is_refused_by_field(house: House, changes, field):
    address = ADDRESS.model_copy(update={"subdivision": "", **changes})
    (outcome,) = house.connector.deliver([effect(house, address)])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert outcome.error.field == field
    assert outcome.error.remedy


def test_a_party_without_any_name_is_refused(house: House):
    with pytest.raises(Rejected) as caught:
        house.connector.prepare(
            CREATE_PARTY, Party(), {"external_id": XID, "type": "contact", "parent": None}
        )
    assert caught.value.field == "name"


def test_an_address_without_a_country_is_kept(house: House):
    address = ADDRESS.model_copy(update={"country": "", "subdivision": "CA"})
    (outcome,) = house.connector.deliver([effect(house, address)])
    assert isinstance(outcome, Observed)
    assert partners(house)[0]["country_id"] is False
