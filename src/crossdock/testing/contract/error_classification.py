"""Every way a call can end has one named error, by what to do next."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from crossdock.ports.errors import ConnectorError, RateLimited

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One reply (or failure to reply) and the errors it must become."""

    name: str
    answer: Answer
    reading: type[ConnectorError] | None
    """When a read got it; None: it is a success."""
    writing: type[ConnectorError] | None
    """When a write got it."""
    retry_after_seconds: float | None = None
    """For RateLimited."""


def replies(status: int, body: bytes | str = b"", headers: dict[str, str] | None = None) -> Answer:
    """An HTTP reply."""
    return lambda _request: httpx.Response(status, content=body, headers=headers)


def breaks(error: type[httpx.TransportError]) -> Answer:
    """A transport that fails."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("struck by the test", request=request)

    return fail


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
    """Give the table, a read and a write over a transport."""

    @property
    @abstractmethod
    def cases(self) -> Sequence[ErrorCase]: ...

    @abstractmethod
    def read(self, transport: httpx.BaseTransport) -> None:
        """One call that changes nothing. Raises ConnectorError."""

    @abstractmethod
    def write(self, transport: httpx.BaseTransport) -> None:
        """One call that has an effect. Raises ConnectorError."""

    def test_reads(self) -> None:
        for case in self.cases:
            self._check(case, case.reading, self.read)

    def test_writes(self) -> None:
        for case in self.cases:
            self._check(case, case.writing, self.write)

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
