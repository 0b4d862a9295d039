"""Is this process alive, can it reach its database, is the deployment ready?"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from crossdock.api.access import Reader
from crossdock.api.context import ApiContext, context_of
from crossdock.ops.status import read_status

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The least there is to say."""

    status: str = Field(description="ok")


class Readiness(BaseModel):
    """Whether work is done here, and why not."""

    ready: bool
    messages: int = Field(description="Messages that wait or are worked on")
    effects: int = Field(description="Effects that wait or are in flight")
    holds: int = Field(description="Open questions to people")
    ownerless: int = Field(description="Open and nobody's: must be 0")
    stalled: bool = Field(description="Work is due and nobody does it")
    workers: int = Field(description="Workers seen lately")
    recovery_point: str = Field(description="What of the acknowledged survives which disaster")


@router.get("/health", summary="Alive, and the database answers")
def health(context: Annotated[ApiContext, Depends(context_of)]) -> Health:
    """Anonymous. 503 when the database cannot be reached."""
    with context.deployment.store.transaction() as tx:
        tx.rows("SELECT 1")
    return Health(status="ok")


@router.get("/ready", summary="Work is being done", responses={503: {"model": Readiness}})
def ready(response: Response, caller: Reader) -> Readiness:
    """503 when something is ownerless, stands still, or what was acknowledged is not safe."""
    deployment = caller.context.deployment
    now = deployment.clock.now()
    with caller.transaction() as tx:
        status = read_status(tx, now)
    response.status_code = 200 if status.healthy else 503
    return Readiness(
        ready=status.healthy,
        messages=status.messages,
        effects=status.effects,
        holds=status.holds,
        ownerless=status.ownerless,
        stalled=status.stall.stalled,
        workers=len(status.workers),
        recovery_point=status.recovery_point.survives,
    )
