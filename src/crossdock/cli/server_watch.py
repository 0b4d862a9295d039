"""Starts the embedded PostgreSQL again when it was killed."""

import time
from dataclasses import dataclass

import structlog

from crossdock.engine.postgres import EmbeddedPostgres, PostgresUnavailable

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 10.0
"""After a start that failed."""


@dataclass(slots=True)
class ServerWatch:
    """Looks after one server. One that somebody stopped (`crossdock database stop`) stays so."""

    server: EmbeddedPostgres
    _look_at: float = 0.0

    def look(self) -> bool:
        """Call it often. Whether the server had died; by then it runs again, if it can."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_SECONDS
        try:
            if not self.server.died:
                return False
            log.error("up.ended", part="postgresql")
            self.server.start()
            log.info("up.started_again", part="postgresql", seconds=time.monotonic() - now)
        except PostgresUnavailable as error:
            log.error("up.not_started_again", part="postgresql", reason=str(error))  # noqa: TRY400
            self._look_at = time.monotonic() + AGAIN_SECONDS
        return True
