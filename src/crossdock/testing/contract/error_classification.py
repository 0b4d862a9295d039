"""Every way a call can end has one named error, by what to do next."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from crossdock.ports.errors import ConnectorError, RateLimited
from crossdock.testing.contract.error_case import JSON, Answer, ErrorCase, replies
from crossdock.testing.contract.shared_error_cases import shared_cases


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
