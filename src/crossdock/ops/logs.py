"""Logs: one place that shapes them. Every line about a document carries its trace id; no line
carries the value of a secret.
"""

import hashlib
import logging
import sys
from collections.abc import Iterable, MutableMapping
from enum import StrEnum
from typing import Any

import structlog

from crossdock.engine.registry import Registry

HIDDEN = "(hidden)"
SHORTEST_SECRET = 6
"""Shorter values are not looked for: they would hide ordinary words."""
_TELLING = ("secret", "password", "token", "authorization", "api_key", "cookie")


class LogFormat(StrEnum):
    """JSON lines for machines, colours for people."""

    JSON = "json"
    CONSOLE = "console"


_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
"""Without local variables: they hold orders, customers and sometimes keys."""


def trace_id(work_key: str) -> str:
    """The id that all about one document shares: 32 hexadecimal digits, as in W3C traces."""
    return hashlib.sha256(work_key.encode()).hexdigest()[:32]


def configure_logs(format_: LogFormat, secrets: Iterable[str] = (), *, level: str = "info") -> None:
    """Send structlog and the standard library's loggers to standard error in one shape.

    `secrets`: values that must never appear; each is blanked wherever it stands in a line.
    """
    hide = _Hider(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace_id,
    ]
    render: list[Any] = (
        [_TRACEBACKS, hide, structlog.processors.JSONRenderer(default=str)]
        if format_ is LogFormat.JSON
        else [
            structlog.processors.format_exc_info,
            hide,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for talkative in ("httpx", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _add_trace_id(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if "work_key" in event and "trace_id" not in event:
        event["trace_id"] = trace_id(str(event["work_key"]))
    return event


def log_left_out(registry: Registry) -> None:
    """Say which connections this process does nothing with, and why."""
    for name, reason in registry.left_out.items():
        structlog.get_logger(__name__).error("connection.left_out", connection=name, reason=reason)


class _Hider:
    """Blanks secret values, and everything under a telling name."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._values = sorted(
            {s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True
        )

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return {name: self._shown(name, value) for name, value in event.items()}

    def _shown(self, name: str, value: Any) -> Any:
        if value and any(word in name.lower() for word in _TELLING):
            return HIDDEN
        return self._blanked(value)

    def _blanked(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._values:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, dict):
            return {k: self._shown(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple | set):
            return [self._blanked(v) for v in value]
        if value is None or isinstance(value, int | float):
            return value
        return self._blanked(str(value))
