"""Every way a call can end has one named error, by what to do next."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from crossdock.ports.errors import UNSERVED, ConnectorError, RateLimited
from crossdock.testing.contract.error_case import (
    HTML,
    JSON,
    PAGE,
    Answer,
    ErrorCase,
    breaks,
    replies,
)
from crossdock.testing.contract.shared_error_cases import NOT_SENT, PERHAPS_SENT, shared_cases

GATEWAY_STATUS = (502, 503, 504)
"""What a gateway says when nobody behind it answers."""


@dataclass(slots=True)
class ScriptedTransport(httpx.BaseTransport):
    """Gives the same answer to every request and keeps the requests."""

    answer: Answer
    requests: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self.answer(request)


class ErrorClassification(ABC):
    """Give the system's own table, a good reply, a read and a write over a transport."""

    cases: Sequence[ErrorCase]
    """What the system itself says when it refuses; what every system has in common is known."""
    good: str
    """The body of a reply that is a success."""
    retry_after_default_seconds: float
    """For a reply that says too often but not how long."""

    @abstractmethod
    def read(self, transport: httpx.BaseTransport) -> None:
        """One call that changes nothing. Raises ConnectorError."""

    @abstractmethod
    def write(self, transport: httpx.BaseTransport) -> None:
        """One call that has an effect. Raises ConnectorError."""

    def test_reads(self) -> None:
        for case in self._all():
            self._check(case, case.reading, self.read)

    def test_writes(self) -> None:
        for case in self._all():
            self._check(case, case.writing, self.write)

    def test_silence(self) -> None:
        """A code says that nobody answered, and only where no record can be blamed for it."""
        silent = [breaks(error) for error in (*NOT_SENT, *PERHAPS_SENT)]
        silent += [replies(status, PAGE, HTML) for status in GATEWAY_STATUS]
        spoken = [replies(500, PAGE, HTML), replies(500, "{}", JSON), replies(200, PAGE, HTML)]
        cases = [(answer, True) for answer in silent] + [(answer, False) for answer in spoken]
        for answer, expected in cases:
            for call in (self.read, self.write):
                error = _raised(call, answer)
                said = error.code in UNSERVED
                assert said is expected, f"{error.reason}: code {error.code!r}"

    def _all(self) -> Iterator[ErrorCase]:
        yield ErrorCase("success", replies(200, self.good, JSON), None, None)
        yield from shared_cases(self.retry_after_default_seconds)
        yield from self.cases

    def _check(
        self,
        case: ErrorCase,
        expected: type[ConnectorError] | None,
        call: Callable[[httpx.BaseTransport], None],
    ) -> None:
        try:
            call(ScriptedTransport(case.answer))
        except ConnectorError as error:
            assert type(error) is expected or (  # noqa: PT017 - runs without pytest
                expected is not None and isinstance(error, expected)
            ), f"{case.name}: {type(error).__name__} ({error.reason}) instead of {expected}"
            assert error.reason, case.name  # noqa: PT017
            if case.retry_after_seconds is not None:
                assert isinstance(error, RateLimited), case.name  # noqa: PT017
                assert error.retry_after.total_seconds() == case.retry_after_seconds, case.name  # noqa: PT017
            return
        assert expected is None, f"{case.name}: no error instead of {expected}"


def _raised(call: Callable[[httpx.BaseTransport], None], answer: Answer) -> ConnectorError:
    try:
        call(ScriptedTransport(answer))
    except ConnectorError as error:
        return error
    raise AssertionError("no error")
