"""Answers to webhooks, rendered once."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from crossdock.api.asgi import Message

PROBLEM_TYPE = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: two ASGI messages."""

    start: Message
    body: Message


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as RFC 9457 describes it, with our field, reason and remedy."""

    status: int
    reason: str
    remedy: str
    field: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.reason,
            "field": self.field,
            "reason": self.reason,
            "remedy": self.remedy,
        }


def plain_reply(status: int) -> Reply:
    """A status without content."""
    return _reply(status, b"", ())


def problem_reply(problem: Problem) -> Reply:
    """A problem document."""
    return _reply(
        problem.status,
        orjson.dumps(problem.document()),
        ((b"content-type", PROBLEM_TYPE), *problem.headers),
    )


def _reply(status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> Reply:
    all_headers = [(b"content-length", b"%d" % len(body)), *headers]
    return Reply(
        {"type": "http.response.start", "status": status, "headers": all_headers},
        {"type": "http.response.body", "body": body},
    )


CLOSE = ((b"connection", b"close"),)
KEPT = plain_reply(200)
UNKNOWN_CONNECTION = problem_reply(
    Problem(404, "no connection of that name receives webhooks here",
            "compare the URL with `crossdock connections list`", "connection")
)  # fmt: skip
NOT_A_POST = problem_reply(
    Problem(405, "webhooks are sent by POST", "send the notification by POST", "method",
            ((b"allow", b"POST"),))
)  # fmt: skip
BAD_SIGNATURE = problem_reply(
    Problem(401, "the signature is missing or matches no secret of this connection",
            "compare the secret here with the sender's; it may have been rotated", "signature")
)  # fmt: skip
TOO_SLOW = problem_reply(
    Problem(408, "the body did not arrive in time", "send it again", "body", CLOSE)
)
HEAD_TOO_SLOW = problem_reply(
    Problem(408, "the head of the request did not arrive in time", "send it again", "", CLOSE)
)


BUSY = problem_reply(
    Problem(503, "too many large bodies are on their way here at this moment", "send it again",
            "body", (*CLOSE, (b"retry-after", b"10")))
)  # fmt: skip


def wire_bytes(reply: Reply) -> bytes:
    """The answer as HTTP/1.1, for a request that never became one."""
    status: int = reply.start["status"]
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    lines += [name + b": " + value for name, value in reply.start["headers"]]
    body: bytes = reply.body["body"]
    return b"\r\n".join([*lines, b"", body])


def head_too_large(bytes_max: int) -> Reply:
    """431 for the sum of the headers."""
    return problem_reply(
        Problem(431, f"the head of the request is larger than {bytes_max} bytes",
                "send fewer and shorter headers", "headers", CLOSE)
    )  # fmt: skip


def too_many_headers(count_max: int) -> Reply:
    """431 for their number."""
    return problem_reply(
        Problem(431, f"the request has more than {count_max} headers", "send fewer headers",
                "headers", CLOSE)
    )  # fmt: skip


def too_large(
    bytes_max: int, remedy: str = "nothing to do: it is fetched by the next sweep"
) -> Reply:
    """413, with the limit in words."""
    reason = f"the body is larger than {bytes_max} bytes"
    return problem_reply(Problem(413, reason, remedy, "body", CLOSE))


def unavailable(retry_after_seconds: int) -> Reply:
    """503, with the pause the sender should make."""
    return problem_reply(
        Problem(503, "it could not be stored at this moment", "send it again", "",
                ((b"retry-after", b"%d" % retry_after_seconds),))
    )  # fmt: skip
