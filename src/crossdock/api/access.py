"""Who asks: the API key of the request, and what its principal may do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from crossdock.api.context import ApiContext, context_of
from crossdock.engine.store import Transaction
from crossdock.governance.access import Permission, Principal
from crossdock.governance.api_keys import KeyRefused, verify_key

API_KEY = HTTPBearer(
    scheme_name="ApiKey", description="`crossdock keys create` makes one", auto_error=False
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal with the context it works in."""

    principal: Principal
    context: ApiContext

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that sees the principal's company only."""
        with self.context.deployment.store.transaction() as tx:
            self.narrow(tx)
            yield tx

    def narrow(self, tx: Transaction) -> None:
        tx.for_companies([self.principal.company_id])


def caller(
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(API_KEY)],
    context: Annotated[ApiContext, Depends(context_of)],
) -> Caller:
    """The caller. Raises KeyRefused."""
    if given is None or not given.credentials.strip():
        raise KeyRefused("no key")
    deployment = context.deployment
    now = deployment.clock.now()
    with deployment.store.transaction() as tx:
        principal = verify_key(tx, given.credentials.strip(), now)
    return Caller(principal, context)


def who_may(permission: Permission) -> Callable[..., Caller]:
    """A dependency: the caller, who has the permission. Raises KeyRefused, Forbidden."""

    def allowed(found: Annotated[Caller, Depends(caller)]) -> Caller:
        found.principal.require(permission)
        return found

    return allowed


Reader = Annotated[Caller, Depends(who_may(Permission.READ))]
Releaser = Annotated[Caller, Depends(who_may(Permission.RELEASE_HOLDS))]
