from datetime import UTC, datetime, timedelta

import pytest

from crossdock.engine.store import Store, Transaction
from crossdock.governance.access import Kind, Permission, Principal, Role
from crossdock.governance.api_keys import (
    KeyRefused,
    UnknownKey,
    issue_key,
    list_keys,
    revoke_key,
    verify_key,
)
from crossdock.governance.principals import (
    UnknownPrincipal,
    WrongKind,
    deactivate_principal,
    ensure_principal,
    find_principal,
    revoke_role,
)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)


def portal(tx: Transaction, *roles: Role) -> Principal:
    return ensure_principal(
        tx, company_id=1, name="portal", kind=Kind.SERVICE, roles=roles, now=NOW
    )


def test_a_key_opens_for_its_principal_with_roles_and_company(store: Store) -> None:
    with store.transaction() as tx:
        key = issue_key(tx, portal(tx, Role.INTEGRATION), expires_at=NOW + YEAR, now=NOW)
    with store.transaction() as tx:
        found = verify_key(tx, key.text, NOW)
    assert (found.name, found.company_id, found.kind) == ("portal", 1, Kind.SERVICE)
    assert found.roles == {Role.INTEGRATION}
    assert found.may(Permission.REPLAY)
    assert not found.may(Permission.MANAGE_ACCESS)


def test_the_secret_is_nowhere_in_the_database(store: Store) -> None:
    with store.transaction() as tx:
        key = issue_key(tx, portal(tx), expires_at=NOW + YEAR, now=NOW)
        stored = repr(tx.rows("SELECT * FROM api_key"))
    assert key.key_id in stored
    assert key.text.split("_", 2)[2] not in stored
    assert key.text not in stored


def test_wrong_expired_revoked_and_orphaned_keys_are_refused(store: Store) -> None:
    with store.transaction() as tx:
        principal = portal(tx)
        key = issue_key(tx, principal, expires_at=NOW + YEAR, now=NOW)
        for text in (
            key.text[:-1],
            key.text + "A",
            key.text.replace("cdk", "cdx"),
            "",
            "cdk",
            "cdk__",
        ):
            with pytest.raises(KeyRefused, match="no such key"):
                verify_key(tx, text, NOW)
        with pytest.raises(KeyRefused, match="expired"):
            verify_key(tx, key.text, NOW + YEAR)
        assert verify_key(tx, key.text, NOW + YEAR - timedelta(microseconds=1)) == principal
        revoked = issue_key(tx, principal, expires_at=NOW + YEAR, now=NOW)
        revoke_key(tx, revoked.key_id, NOW)
        with pytest.raises(KeyRefused, match="revoked"):
            verify_key(tx, revoked.text, NOW)
        deactivate_principal(tx, 1, "portal")
        with pytest.raises(KeyRefused, match="deactivated"):
            verify_key(tx, key.text, NOW)
        with pytest.raises(UnknownPrincipal):
            find_principal(tx, 1, "portal")


def test_a_refusal_never_repeats_the_secret(store: Store) -> None:
    with store.transaction() as tx, pytest.raises(KeyRefused) as refused:
        verify_key(tx, "cdk_abcdefgh2345_verysecret", NOW)
    assert "verysecret" not in str(refused.value)


def test_another_companys_key_is_unknown(store: Store, database: str) -> None:
    with store.transaction() as tx:
        key = issue_key(tx, portal(tx), expires_at=NOW + YEAR, now=NOW)
    with Store(database, size=1, companies=[2]) as second, second.transaction() as tx:
        assert list_keys(tx) == []
        with pytest.raises(KeyRefused):
            verify_key(tx, key.text, NOW)


def test_listing_shows_the_state_of_each_key(store: Store) -> None:
    with store.transaction() as tx:
        principal = portal(tx, Role.SERVICE)
        old = issue_key(tx, principal, expires_at=NOW + timedelta(days=1), now=NOW)
        gone = issue_key(tx, principal, expires_at=NOW + YEAR, now=NOW + timedelta(seconds=1))
        revoke_key(tx, gone.key_id, NOW)
        later = NOW + timedelta(days=2)
        assert {k.key_id: k.state(later) for k in list_keys(tx)} == {
            old.key_id: "expired",
            gone.key_id: "revoked",
        }
        with pytest.raises(UnknownKey):
            revoke_key(tx, "nothing", NOW)
        with pytest.raises(ValueError, match="past"):
            issue_key(tx, principal, expires_at=NOW, now=NOW)


def test_roles_add_up_and_can_be_taken_away(store: Store) -> None:
    with store.transaction() as tx:
        portal(tx, Role.SERVICE)
        principal = portal(tx, Role.ADMIN)
        assert principal.roles == {Role.SERVICE, Role.ADMIN}
        revoke_role(tx, principal, Role.ADMIN)
        assert find_principal(tx, 1, "portal").roles == {Role.SERVICE}
        with pytest.raises(WrongKind):
            ensure_principal(tx, company_id=1, name="portal", kind=Kind.PERSON, roles=[], now=NOW)
