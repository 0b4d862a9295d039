import pytest

from crossdock.governance.access import PERMISSIONS, Forbidden, Kind, Permission, Principal, Role


def test_every_role_has_permissions_and_every_permission_somebody() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)


def test_only_admins_manage_access_and_auditors_change_nothing() -> None:
    assert [r for r in Role if Permission.MANAGE_ACCESS in PERMISSIONS[r]] == [Role.ADMIN]
    assert PERMISSIONS[Role.AUDITOR] == {Permission.READ, Permission.READ_AUDIT}


def test_a_refusal_names_the_roles_that_would_do() -> None:
    clerk = Principal(1, 1, "clerk", Kind.PERSON, frozenset({Role.SERVICE}))
    clerk.require(Permission.READ)
    with pytest.raises(Forbidden, match=r"clerk may not replay: .* integration, admin"):
        clerk.require(Permission.REPLAY)


def test_nobody_without_a_role_may_anything() -> None:
    nobody = Principal(1, 1, "nobody", Kind.PERSON, frozenset())
    assert not any(nobody.may(p) for p in Permission)
