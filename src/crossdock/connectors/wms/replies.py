"""What a reply of the Warehouse API means: its content, or the error that says what to do next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crossdock.connectors.wms.contract.service import Problem
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotAuthorised,
    RateLimited,
    Rejected,
    Unavailable,
)
from crossdock.transports.retry_after import to_wait

RETRY_AFTER_DEFAULT = timedelta(seconds=5)
NOT_FOUND, UNAVAILABLE = "not_found", "unavailable"
ACCESS_REMEDY = "check the connection's url and token with whoever runs the warehouse system"
REMEDIES = {
    "conflict": "another fulfilment order has this id: find out who sent it",
    "cancelled": "it was cancelled before: release the goods under a new fulfilment id",
    "cursor_expired": "read the feed again from its beginning, `crossdock connections resweep"
    " NAME events`; then a close names what it does not have any more",
}
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """One request by its name, and whether it changes something there."""

    name: str
    """`PUT /v1/fulfilment-orders/F-1`"""
    changes: bool


def unknown_outcome(call: Call, reason: str, code: str = "") -> ConnectorError:
    """A request that only reads changed nothing; of another nobody knows."""
    if call.changes:
        remedy = "look whether it took effect before sending it again"
        return Ambiguous(f"{call.name}: {reason}", remedy=remedy, code=code)
    return Unavailable(f"{call.name}: {reason}", remedy="try again later", code=code)


def read_json(call: Call, body: bytes) -> Any:
    """The reply as JSON, numbers exact. Raises what an unreadable reply stands for."""
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise unknown_outcome(call, "the reply is not JSON", "malformed") from error


def read_as(model: type[M], call: Call, value: Any) -> M:
    """A reply as the API describes it. Raises what a malformed reply stands for."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        reason = f"the reply does not fit the API: {where}: {first['msg']}"
        raise unknown_outcome(call, reason, "malformed") from error


def refuse_status(call: Call, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raises the error that an HTTP status other than 2xx stands for."""
    if not 200 <= status < 300:
        raise error_of(call, status, problem_in(body), headers)


def error_of(
    call: Call, status: int, problem: Problem | None, headers: Mapping[str, str]
) -> ConnectorError:
    """The error of a status, also of one item of a batch."""
    said = problem.reason if problem else f"the warehouse system answers HTTP {status}"
    code = problem.code if problem else str(status)
    reason = f"{call.name}: {said}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = to_wait(headers.get("retry-after", ""), default=RETRY_AFTER_DEFAULT)
        return RateLimited(reason, retry_after=wait)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NotAuthorised(reason, remedy=ACCESS_REMEDY, code=code)
    if status == HTTPStatus.NOT_FOUND and code != NOT_FOUND:
        return NotAuthorised(f"{reason}: no such API", remedy=ACCESS_REMEDY, code=code)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and code == UNAVAILABLE:
        return Unavailable(reason, remedy="try again later", code=code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return unknown_outcome(call, said, code)
    field = problem.field if problem else ""
    remedy = REMEDIES.get(code, "correct it, or have the warehouse accept it")
    return Rejected(reason, field=field, code=code, remedy=remedy)


def problem_in(body: bytes) -> Problem | None:
    """The problem a body describes; None when it is something else (a proxy's page)."""
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return None
