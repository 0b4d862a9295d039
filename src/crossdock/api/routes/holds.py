"""`/v1/holds`: what waits for a person, and the person's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from crossdock.api.access import Reader, Releaser
from crossdock.api.text import Text, Tree
from crossdock.engine.store import Transaction
from crossdock.ops.act import act
from crossdock.ops.exceptions import HoldFilter, list_holds
from crossdock.ops.release_hold import Released, release_hold
from crossdock.ops.word import Resolution, Word

router = APIRouter(prefix="/v1/holds", tags=["holds"])


class HoldView(BaseModel):
    """One question to a person: reason, fix, value at risk."""

    model_config = ConfigDict(from_attributes=True)

    hold_id: int
    connection: str
    work_key: str
    name: str
    message_id: int | None
    effect_id: int | None
    kind: str = Field(description="held | dead")
    code: str
    field: str
    reason: str
    fix: str
    need: str | None
    candidates: Sequence[Mapping[str, Any]]
    value_amount: Decimal | None
    value_currency: str | None
    owner: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


class Decision(BaseModel):
    """What to do with the hold."""

    model_config = ConfigDict(extra="forbid")

    resolution: Resolution = Field(
        alias="as",
        description="retry: try it again · done: somebody did it by hand · reject: refuse it",
    )
    why: Text = Field(default="", max_length=2000, description="For the audit and for the sender")
    observed: Tree | None = Field(
        default=None, description="An effect as done: what stands in the outside system"
    )


class ReleasedView(BaseModel):
    """What the release did."""

    model_config = ConfigDict(from_attributes=True)

    hold_id: int
    resolution: Resolution
    subject: str
    state: str


@router.get("", summary="Open holds, the highest value first")
def holds(
    caller: Reader,
    code: Annotated[Text | None, Query(description="Only this cause")] = None,
    owner: Annotated[Text | None, Query(description="Only those this role owns")] = None,
    connection: Annotated[Text | None, Query(description="Only those of this connection")] = None,
    closed: Annotated[bool, Query(description="Closed ones as well")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[HoldView]:
    """Holds of the caller's company."""
    wanted = HoldFilter(code=code, owner=owner, connection=connection, closed=closed)
    with caller.transaction() as tx:
        return [HoldView.model_validate(hold) for hold in list_holds(tx, wanted, limit=limit)]


@router.post("/{hold_id}/release", summary="Decide about a hold")
def release(
    hold_id: Annotated[int, Path(ge=1, lt=2**63)],
    decision: Decision,
    caller: Releaser,
) -> ReleasedView:
    """Audited under the caller's name. 409 when somebody was quicker."""
    deployment = caller.context.deployment
    word = Word(caller.principal.name, deployment.clock.now(), decision.why)

    def deed(tx: Transaction) -> Released:
        caller.narrow(tx)
        return release_hold(
            tx, deployment.registry, hold_id, decision.resolution, word, decision.observed
        )

    return ReleasedView.model_validate(act(deployment.store, deed))
