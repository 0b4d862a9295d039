"""Which role permits which act."""

from crossdock.governance.access import PERMISSIONS, Permission, Role
from scripts.lib.reference.markdown import code, page, table


def page_text() -> str:
    """docs/reference/roles.md."""
    rows = (
        [
            code(role),
            *("yes" if permission in PERMISSIONS[role] else "" for permission in Permission),
        ]
        for role in Role
    )
    head = ["Role", *(permission.value.replace("_", " ") for permission in Permission)]
    return page(
        "Roles",
        "A principal is a person or a service, within one company, with one or more roles; what"
        " any of them permits, it may do. Why there are roles at all is in"
        " [The security model](../explanation/security-model.md).",
        table(head, rows),
    )
