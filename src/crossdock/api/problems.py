"""Errors of the API as problem documents (RFC 9457) with field, reason and remedy."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from crossdock.api.hooks.replies import CLOSE, Problem
from crossdock.engine.store import SerializationConflict, StoreUnavailable
from crossdock.governance.access import Forbidden
from crossdock.governance.api_keys import KeyRefused
from crossdock.ops.exceptions import UnknownHold
from crossdock.ops.find import Ambiguous, NotFound
from crossdock.ops.refuse_message import BusyNow, NothingToReject
from crossdock.ops.release_hold import ClosedAlready
from crossdock.ops.replay import UnknownMessage
from crossdock.ops.settle_effect import ObservationMissing
from crossdock.processes.order_to_cash.agree_change import NotAgreed

KEY_REMEDY = "send `Authorization: Bearer <api key>`; `crossdock keys create` makes one"
CHALLENGE = ((b"www-authenticate", b'Bearer realm="crossdock"'),)


class ProblemDocument(BaseModel):
    """What every error looks like."""

    type: str = Field(description="about:blank: the status says what kind of problem it is")
    title: str = Field(description="The status in words")
    status: int
    detail: str = Field(description="The reason, once more, where RFC 9457 puts it")
    field: str = Field(description="What of the request is wrong; empty when it is not the request")
    reason: str = Field(description="Why it was refused")
    remedy: str = Field(description="What to do about it")


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as the framework sends it."""
    headers = {n.decode(): v.decode() for n, v in problem.headers}
    return JSONResponse(
        problem.document(), problem.status, headers, media_type="application/problem+json"
    )


# error → status, field, remedy; the reason is the error's own text
_PROBLEMS: dict[type[Exception], tuple[int, str, str]] = {
    NotFound: (404, "id", "compare the id with GET /v1/orders"),
    UnknownHold: (404, "hold_id", "compare the number with GET /v1/holds"),
    UnknownMessage: (404, "message_id", "compare the number with the order's timeline"),
    Ambiguous: (409, "id", "ask for one of the work keys"),
    ClosedAlready: (409, "hold_id", "nothing to do: read the order's timeline"),
    BusyNow: (409, "hold_id", "do it again in a moment"),
    NotAgreed: (409, "as", "mend what it names, then release it again"),
    SerializationConflict: (409, "", "do it again in a moment"),
    NothingToReject: (422, "as", "release it as retry when the cause is mended"),
    ObservationMissing: (422, "observed", "say what stands in the outside system"),
    Forbidden: (403, "authorization", "ask an administrator for the role"),
}


def install(app: FastAPI) -> None:
    """Teach the application to answer every known error."""
    for error, (status, field, remedy) in _PROBLEMS.items():
        app.add_exception_handler(error, _handler(status, field, remedy))
    app.add_exception_handler(KeyRefused, _key_refused)
    app.add_exception_handler(StoreUnavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _fault)


def _handler(
    status: int, field: str, remedy: str
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(_request: Request, error: Exception) -> Response:
        return problem_response(Problem(status, str(error), remedy, field))

    return answer


async def _key_refused(_request: Request, _error: Exception) -> Response:
    """Unknown, wrong, expired, revoked: all alike."""
    reason = "no valid API key was given"
    return problem_response(Problem(401, reason, KEY_REMEDY, "authorization", CHALLENGE))


async def _unavailable(_request: Request, _error: Exception) -> Response:
    reason = "the database cannot be reached"
    remedy = "ask again in a moment"
    return problem_response(Problem(503, reason, remedy, "", ((b"retry-after", b"2"),)))


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return problem_response(
        Problem(
            422,
            str(first["msg"]).removeprefix("Value error, "),
            "compare the request with GET /openapi.json",
            field,
        )
    )


async def _framework(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    remedy = "compare the request with GET /openapi.json"
    reason = error.detail or HTTPStatus(error.status_code).phrase
    field = "body" if error.status_code == HTTPStatus.BAD_REQUEST else ""
    return problem_response(Problem(error.status_code, reason, remedy, field))


async def _fault(_request: Request, _error: Exception) -> Response:
    """What nobody foresaw: the log has it, the answer tells nothing of it."""
    reason = "the request met a fault of this program"
    remedy = "tell the administrator: the log has the rest"
    return problem_response(Problem(500, reason, remedy, "", CLOSE))
