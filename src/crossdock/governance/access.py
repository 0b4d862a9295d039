"""Who may do what: principals, roles, and the table that says which role permits which act."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A principal is a human being or a program."""

    PERSON = "person"
    SERVICE = "service"


class Role(StrEnum):
    """What a principal is here to do."""

    ORDER_DESK = "order_desk"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    SERVICE = "service"
    INTEGRATION = "integration"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What an act needs."""

    SUBMIT_DOCUMENTS = "submit_documents"
    """Send orders and cancellations by the API."""
    READ = "read"
    """Orders, messages, holds, events, status."""
    RELEASE_HOLDS = "release_holds"
    MAP_CODES = "map_codes"
    REPLAY = "replay"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_ACCESS = "manage_access"
    READ_AUDIT = "read_audit"


P = Permission
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ORDER_DESK: frozenset({P.READ, P.SUBMIT_DOCUMENTS, P.RELEASE_HOLDS, P.MAP_CODES}),
    Role.WAREHOUSE: frozenset({P.READ, P.RELEASE_HOLDS}),
    Role.FINANCE: frozenset({P.READ, P.RELEASE_HOLDS, P.MAP_CODES}),
    Role.SERVICE: frozenset({P.READ}),
    Role.INTEGRATION: frozenset(
        {P.READ, P.SUBMIT_DOCUMENTS, P.RELEASE_HOLDS, P.MAP_CODES, P.REPLAY, P.MANAGE_CONNECTIONS}
    ),
    Role.ADMIN: frozenset(P),
    Role.AUDITOR: frozenset({P.READ, P.READ_AUDIT}),
}


class Forbidden(PermissionError):
    """The principal is known and lacks the permission."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose acts are recorded, within one company."""

    principal_id: int
    company_id: int
    name: str
    kind: Kind
    roles: frozenset[Role]

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles permits it."""
        return any(permission in PERMISSIONS[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raises Forbidden naming the roles that would do."""
        if not self.may(permission):
            enough = ", ".join(role for role in Role if permission in PERMISSIONS[role])
            raise Forbidden(
                f"{self.name} may not {permission.replace('_', ' ')}: "
                f"it takes one of the roles {enough}"
            )
