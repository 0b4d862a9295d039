"""A database with a shop, and the API on it."""

from datetime import timedelta

from crossdock.engine.store import Store
from crossdock.governance.access import Kind, Role
from crossdock.governance.api_keys import issue_key
from crossdock.governance.principals import ensure_principal
from tests.support.api_fixtures import api, secrets, shop_id  # noqa: F401 - fixtures


def key_for(store: Store, *roles: Role, company_id: int = 1, days: int = 30) -> str:
    """A new API key of a new principal with these roles."""
    now = store.clock().now()
    name = f"tester {' '.join(roles)} {company_id} {days}"
    with store.transaction() as tx:
        principal = ensure_principal(
            tx, company_id=company_id, name=name, kind=Kind.SERVICE, roles=roles, now=now
        )
        return issue_key(tx, principal, expires_at=now + timedelta(days=days), now=now).text
