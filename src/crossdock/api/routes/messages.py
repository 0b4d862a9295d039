"""`/v1/messages`: what arrived, as it came, and what became of it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from crossdock.api.access import Reader
from crossdock.ops.messages import message_detail

router = APIRouter(prefix="/v1/messages", tags=["messages"])


class MessageLine(BaseModel):
    """A message and its state."""

    message_id: int
    connection: str
    kind: str
    work_key: str
    version: str | None
    source: str
    state: str
    received_at: datetime
    ready_at: datetime
    attempts: int
    end_code: str | None
    end_detail: str | None
    ended_at: datetime | None


class EffectLine(BaseModel):
    """An effect the message led to."""

    connection: str
    effect_id: int
    operation: str
    effect_key: str
    state: str


class MessageView(BaseModel):
    """A message with its raw content."""

    summary: MessageLine
    message_key: str
    duplicate_of: int | None
    arrivals: int = Field(description="How often it came, the first time included")
    topic: str
    headers: Mapping[str, str]
    body: str
    effects: list[EffectLine]


@router.get("/{message_id}", summary="One message with its raw content")
def message(message_id: Annotated[int, Path(ge=1, lt=2**63)], caller: Reader) -> MessageView:
    """Headers and body as they came, without secrets."""
    with caller.transaction() as tx:
        return MessageView.model_validate(asdict(message_detail(tx, message_id)))
