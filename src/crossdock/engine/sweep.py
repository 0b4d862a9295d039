"""Sweep: the guarantee behind the webhooks (promise P6).

Each page of a stream is committed together with its cursor. Webhooks that prove complete make a
stream slower, a message that only the sweep found makes it quick again (requirement A12).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from crossdock.engine import pace
from crossdock.engine.clock import Clock
from crossdock.engine.projections import retire_unseen, write_rows
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.receive import KeptArrival, identify_arrival, keep
from crossdock.engine.registry import Attached, Registry
from crossdock.engine.sightings import read_unknown
from crossdock.engine.store import Store, StoreUnavailable, Transaction, load_queries
from crossdock.engine.upkeep import UPKEEP, keep_up
from crossdock.ports.capabilities import Receives, Sweeps
from crossdock.ports.errors import ConnectorError, RateLimited
from crossdock.ports.manifest import Stream
from crossdock.ports.message import Source
from crossdock.ports.sweep import SweepPage

SQL = load_queries(__package__, "sweep.sql")
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Seen:
    """What one sweep brought."""

    found: int = 0
    missed: int = 0
    """Messages no webhook had brought."""


@dataclass(slots=True)
class Sweeper:
    """The sweep stage of one worker."""

    store: Store
    registry: Registry
    clock: Clock
    worker_id: str
    lease: timedelta = timedelta(seconds=30)
    """Of a stream; the heartbeat lengthens it while its worker lives."""
    public_url: str = ""
    """Where outside systems reach us; without it webhooks are not armed by themselves."""

    def sweep_once(self) -> bool:
        """Sweep the stream that is due longest; False when none is due."""
        now = self.clock.now()
        swept = [i for i, a in self.registry.attached.items() if isinstance(a.connector, Sweeps)]
        with self.store.transaction() as tx:
            claimed = tx.row(
                SQL.claim_stream,
                now=now,
                owner=self.worker_id,
                until=now + self.lease,
                connection_ids=swept,
            )
        if claimed is None:
            return False
        attached = self.registry.by_id(claimed.connection_id)
        upkeep = claimed.stream == UPKEEP.name
        stream = UPKEEP if upkeep else attached.manifest.stream(claimed.stream)
        seen = Seen()
        try:
            if upkeep:
                seen.found, seen.missed = keep_up(attached, self.public_url, now)
            else:
                self._read(attached, stream, claimed, seen, now)
        except StoreUnavailable:
            raise
        except ConnectorError as error:
            log.warning(
                "sweep.failed",
                connection=attached.connection.name,
                stream=stream.name,
                reason=error.reason,
            )
            self._end(stream, claimed, seen, failed=error)
        except Exception as error:  # boundary: a fault in one stream must not stop the others
            log.exception("sweep.crashed", connection=attached.connection.name, stream=stream.name)
            self._end(stream, claimed, seen, failed=_crashed(error))
        else:
            self._end(stream, claimed, seen, began=now)
        return True

    def _read(
        self, attached: Attached, stream: Stream, claimed: Any, seen: Seen, began: datetime
    ) -> None:
        connector = attached.connector
        assert isinstance(connector, Sweeps)
        for page in connector.sweep(stream.name, claimed.cursor, began):
            now = self.clock.now()
            with self.store.transaction() as tx:
                moved = tx.row(
                    SQL.move_cursor, cursor=page.cursor, until=now + self.lease,
                    connection_id=claimed.connection_id, stream=stream.name, fence=claimed.fence,
                )  # fmt: skip
                if moved is None:
                    log.warning(
                        "sweep.lost", connection=attached.connection.name, stream=stream.name
                    )
                    return
                self._keep_page(tx, attached, stream, page, seen, now)
                if page.last and page.full and stream.projection:
                    retire_unseen(tx, claimed.connection_id, stream.projection, began)
            if page.last:
                return
            self._spend(attached)

    def _spend(self, attached: Attached) -> None:
        """Pages are paid from the same budget as effects; never let a sweep starve them."""
        now = self.clock.now()
        with self.store.transaction() as tx:
            pace.take_tokens(tx, attached.connection.connection_id, attached.manifest, 1.0, now)

    def _keep_page(
        self,
        tx: Transaction,
        attached: Attached,
        stream: Stream,
        page: SweepPage,
        seen: Seen,
        now: datetime,
    ) -> None:
        connection = attached.connection
        if stream.projection:
            write_rows(
                tx, connection_id=connection.connection_id, company_id=connection.company_id,
                kind=stream.projection, rows=page.rows, now=now,
            )  # fmt: skip
            seen.found += len(page.rows)
            return
        arrivals = _new_arrivals(tx, attached, page)
        kept = keep(tx, arrivals, now)
        seen.found += len(page.arrivals) + len(page.sightings)
        seen.missed += kept.new + read_unknown(tx, attached, page.sightings, now)

    def _end(
        self, stream: Stream, claimed: Any, seen: Seen, *, began: datetime | None = None,
        failed: ConnectorError | None = None,
    ) -> None:  # fmt: skip
        now = self.clock.now()
        interval = timedelta(seconds=claimed.interval_seconds)
        if not failed:
            interval = _next_interval(stream, interval, seen)
        failures = claimed.failures + 1 if failed else 0
        pause = interval
        if failed:
            pause = min(interval, timedelta(seconds=min(300, 2 ** min(failures, 8))))
        if isinstance(failed, RateLimited):
            pause = max(pause, failed.retry_after)
        with self.store.transaction() as tx:
            tx.run(
                SQL.end_sweep, connection_id=claimed.connection_id, stream=stream.name,
                fence=claimed.fence, now=now, due_at=now + pause,
                interval=interval.total_seconds(), as_of=began, found=seen.found,
                missed=seen.missed, failures=failures,
                error=failed.reason[:500] if failed else None,
            )  # fmt: skip


def _crashed(error: Exception) -> ConnectorError:
    return ConnectorError(f"the sweep failed: {type(error).__name__}: {error}")


def _next_interval(stream: Stream, interval: timedelta, seen: Seen) -> timedelta:
    """Slower by half while webhooks bring everything; at once quick when one was missed."""
    if stream.projection is not None or seen.missed:
        return stream.interval_min
    return min(stream.interval_max, max(stream.interval_min, interval * 1.5))


def _new_arrivals(tx: Transaction, attached: Attached, page: SweepPage) -> Sequence[KeptArrival]:
    """The page's arrivals that are not known already: an overlap re-reads much that is."""
    connector, connection = attached.connector, attached.connection
    assert isinstance(connector, Receives)
    named = [
        identify_arrival(connection, connector, arrival, Source.SWEEP, attached.manifest.owner)
        for arrival in page.arrivals
    ]
    arrivals = _under_our_keys(tx, [n for n in named if isinstance(n, KeptArrival)])
    known = {
        row.message_key
        for row in tx.rows(
            RECEIVE_SQL.known_keys,
            connection_id=connection.connection_id,
            keys=[a.identity.message_key for a in arrivals],
        )
    }
    return [a for a in arrivals if a.identity.message_key not in known]


def _under_our_keys(tx: Transaction, arrivals: Sequence[KeptArrival]) -> list[KeptArrival]:
    """A record we know under another key (an Odoo order is our sales order) is about that key."""
    if not arrivals:
        return []
    ours = {
        row.alias: row.work_key
        for row in tx.rows(
            RECEIVE_SQL.work_keys_by_alias,
            company_id=arrivals[0].company_id,
            aliases=[a.identity.work_key for a in arrivals],
        )
    }
    return [
        replace(
            a,
            identity=replace(
                a.identity, work_key=ours.get(a.identity.work_key, a.identity.work_key)
            ),
        )
        for a in arrivals
    ]


def stream_due_now(tx: Transaction, connection_id: int, stream: str, now: datetime) -> None:
    """A hint came: sweep the stream at once."""
    tx.run(SQL.stream_due_now, connection_id=connection_id, stream=stream, now=now)
