"""What a reply of the Admin API means: its data, or the error that says what to do next."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from crossdock.connectors.shopify.queries import Document
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotAuthorised,
    RateLimited,
    Rejected,
    Unavailable,
)
from crossdock.transports.retry_after import LONGEST, to_wait

RETRY_AFTER_DEFAULT = timedelta(seconds=2)
ACCESS_REMEDY = "check access_token, and that the app is still installed with its scopes"

MAX_COST_EXCEEDED = "MAX_COST_EXCEEDED"
_NOT_AUTHORISED_CODES = frozenset({"ACCESS_DENIED", "SHOP_INACTIVE", "UNAUTHORIZED", "FORBIDDEN"})
_TRANSIENT_CODES = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_CLOSED_SHOP = {
    HTTPStatus.UNAUTHORIZED: ("the access token is not accepted", ACCESS_REMEDY),
    HTTPStatus.PAYMENT_REQUIRED: ("the shop is frozen", "the merchant must pay Shopify's bill"),
    HTTPStatus.FORBIDDEN: ("access is forbidden", ACCESS_REMEDY),
    HTTPStatus.NOT_FOUND: (
        "there is no such shop or API version",
        "check shop_url, and the removal date of the API version",
    ),
    HTTPStatus.LOCKED: ("the shop is locked", "the merchant must unlock it with Shopify"),
}


@dataclass(frozen=True, slots=True)
class ThrottleStatus:
    """The leaky bucket of this app and shop, in cost points, as `extensions.cost` last said."""

    currently_available: float
    maximum_available: float
    restore_rate: float


def unknown_outcome(document: Document, reason: str, code: str = "") -> ConnectorError:
    """A query that failed changed nothing; of a mutation nobody knows."""
    if document.is_mutation:
        remedy = "look whether the change took place before sending it again"
        return Ambiguous(f"{document.name}: {reason}", remedy=remedy, code=code)
    return Unavailable(f"{document.name}: {reason}", remedy="try again later", code=code)


def refuse_status(document: Document, status: int, headers: Mapping[str, str]) -> None:
    """Raises the error an HTTP status other than 200 stands for."""
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = to_wait(headers.get("retry-after", ""), default=RETRY_AFTER_DEFAULT)
        raise RateLimited(f"{document.name}: too many requests", retry_after=wait)
    if status in _CLOSED_SHOP:
        reason, remedy = _CLOSED_SHOP[HTTPStatus(status)]
        raise NotAuthorised(f"{document.name}: {reason} (HTTP {status})", remedy=remedy)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise unknown_outcome(document, f"the shop answers HTTP {status}", str(status))
    raise Rejected(
        f"{document.name}: the shop answers HTTP {status}",
        code=str(status),
        remedy="check shop_url (a redirect names the shop's permanent address)",
    )


def read_body(document: Document, body: bytes) -> dict[str, Any]:
    """The reply as a JSON object, numbers exact. Raises what an unreadable reply stands for."""
    try:
        reply = json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise unknown_outcome(document, "the reply is not JSON", "malformed") from error
    if not isinstance(reply, dict):
        raise unknown_outcome(document, "the reply is not a JSON object", "malformed")
    return reply


@contextmanager
def reading(document: Document) -> Iterator[None]:
    """Taking a reply apart: what it lacks makes it malformed, not us fail."""
    try:
        yield
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        reason = f"the reply is malformed ({type(error).__name__}: {error})"
        raise unknown_outcome(document, reason, "malformed") from error


def throttle_status(reply: Mapping[str, Any]) -> ThrottleStatus | None:
    """`extensions.cost.throttleStatus`; None when it is not there or malformed."""
    status = _cost(reply).get("throttleStatus")
    if not isinstance(status, dict):
        return None
    names = ("currentlyAvailable", "maximumAvailable", "restoreRate")
    numbers = [status.get(name) for name in names]
    if not all(isinstance(number, int | Decimal) for number in numbers):
        return None
    available, maximum, rate = (float(number) for number in numbers if number is not None)
    return ThrottleStatus(available, maximum, rate)


def _cost(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    extensions = reply.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    return cost if isinstance(cost, dict) else {}


def read_data(document: Document, reply: Mapping[str, Any]) -> dict[str, Any]:
    """The reply's `data`. Raises the error that its `errors` stand for."""
    errors = reply.get("errors")
    data = reply.get("data")
    if errors:
        raise _error_of(document, reply, errors, has_data=_says_something(data))
    if not isinstance(data, dict):
        raise unknown_outcome(document, "the reply has neither data nor errors", "malformed")
    return data


def _says_something(data: object) -> bool:
    return isinstance(data, dict) and any(value is not None for value in data.values())


def _error_of(
    document: Document, reply: Mapping[str, Any], errors: object, *, has_data: bool
) -> ConnectorError:
    first = _first(errors)
    extensions = first.get("extensions")
    code = str(extensions.get("code", "")) if isinstance(extensions, dict) else ""
    message = f"{document.name}: {str(first.get('message', errors))[:500]}"
    if code == "THROTTLED":
        return RateLimited(message, retry_after=_until_restored(reply))
    if code in _NOT_AUTHORISED_CODES:
        return NotAuthorised(message, remedy=ACCESS_REMEDY, code=code)
    if code in _TRANSIENT_CODES or (has_data and document.is_mutation):
        return unknown_outcome(document, message, code)
    remedy = "report it: the request does not fit the API version this connector was built for"
    return Rejected(message, code=code, remedy=remedy)


def _first(errors: object) -> Mapping[str, Any]:
    """Shopify sends a list of objects; proxies and old endpoints a text or an object."""
    if isinstance(errors, Sequence) and not isinstance(errors, str) and errors:
        first = errors[0]
        return first if isinstance(first, dict) else {"message": first}
    return {"message": errors}


def _until_restored(reply: Mapping[str, Any]) -> timedelta:
    """How long the bucket needs to hold the query's requested cost."""
    status = throttle_status(reply)
    requested = _cost(reply).get("requestedQueryCost")
    if status is None or status.restore_rate <= 0 or not isinstance(requested, int | Decimal):
        return RETRY_AFTER_DEFAULT
    missing = max(0.0, float(requested) - status.currently_available)
    return min(timedelta(seconds=missing / status.restore_rate), LONGEST)


def first_user_error(errors: Sequence[Any], prefix: str, remedy: str) -> Rejected | None:
    """The first of a mutation's `userErrors`: with one of them it changed nothing."""
    if not errors:
        return None
    first = errors[0]
    return Rejected(
        prefix + str(first["message"])[:500],
        field=".".join(str(part) for part in first.get("field") or ()),
        remedy=remedy,
        code=str(first.get("code") or ""),
    )
