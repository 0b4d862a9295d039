"""Sweep: the guarantee behind the webhooks (promise P6).

claim a stream │ pay, read a page │ keep it with its cursor │ … │ say when it is due again

Each page of a stream is committed together with its cursor. Webhooks that prove complete make a
stream slower, a message that only the sweep found makes it quick again (requirement A12).
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from crossdock.engine import breaker, pace
from crossdock.engine.breaker import Verdict
from crossdock.engine.clock import Clock
from crossdock.engine.pace import Pace
from crossdock.engine.projections import retire_unseen, write_rows
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.receive import KeptArrival, identify_arrival, keep
from crossdock.engine.registry import Attached, Registry
from crossdock.engine.sightings import read_unknown
from crossdock.engine.store import Store, StoreUnavailable, Transaction, load_queries
from crossdock.engine.upkeep import UPKEEP, keep_up
from crossdock.engine.write_settlements import adopt_budget
from crossdock.ports.capabilities import Receives, Sweeps
from crossdock.ports.errors import ConnectorError, RateLimited
from crossdock.ports.manifest import Stream
from crossdock.ports.message import Source
from crossdock.ports.sweep import SweepPage

SQL = load_queries(__package__, "sweep.sql")
log = structlog.get_logger(__name__)

PROBE_LIMIT = timedelta(seconds=90)
"""For so long a sweep may be the one call that tries a connection that did not answer."""
LONGEST_WAIT = timedelta(seconds=60)
"""A sweep waits so long for its budget; past it, it ends and goes on when there is some."""
PAGE_COST = 1.0


class OutOfBudget(RateLimited):
    """We stopped ourselves: nobody was asked."""


def _wait(seconds: float) -> bool:
    return threading.Event().wait(seconds)


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
    connection_id: int | None = None
    """Only this connection's streams."""
    wait: Callable[[float], bool] = _wait
    """Let so many seconds pass; True when the worker stops instead."""
    chance: random.Random = field(default_factory=random.Random)
    paces: dict[int, Pace] = field(default_factory=dict)

    def sweep_once(self) -> bool:
        """Sweep the stream that is due longest; False when none is due."""
        now = self.clock.now()
        swept = [
            i for i, a in self.registry.attached.items()
            if isinstance(a.connector, Sweeps) and self.connection_id in (None, i)
        ]  # fmt: skip
        with self.store.transaction() as tx:
            claimed = tx.row(
                SQL.claim_stream,
                now=now,
                owner=self.worker_id,
                until=now + self.lease,
                probe_until=now + PROBE_LIMIT,
                connection_ids=swept,
                left_out=[] if self.public_url else [UPKEEP.name],
            )
        if claimed is None:
            return False
        attached = self.registry.by_id(claimed.connection_id)
        seen = Seen()
        try:
            if claimed.stream == UPKEEP.name:
                self._keep_up(attached, seen, now)
            else:
                self._read(attached, claimed, seen, now)
        except StoreUnavailable:
            raise
        except ConnectorError as error:
            log.warning(
                "sweep.failed",
                connection=attached.connection.name,
                stream=claimed.stream,
                reason=error.reason,
            )
            self._end(attached, claimed, seen, failed=error)
            self._tell_breaker(attached, error, probing=claimed.probing)
        except Exception as error:  # boundary: a fault in one stream must not stop the others
            log.exception(
                "sweep.crashed", connection=attached.connection.name, stream=claimed.stream
            )
            self._end(attached, claimed, seen, failed=_crashed(error))
        else:
            self._end(attached, claimed, seen, began=now)
        return True

    def _keep_up(self, attached: Attached, seen: Seen, now: datetime) -> None:
        self._spend(attached)
        seen.found, seen.missed = keep_up(attached, self.public_url, now)
        with self.store.transaction() as tx:
            breaker.answered(tx, attached, self.clock.now())

    def _read(self, attached: Attached, claimed: Any, seen: Seen, began: datetime) -> None:
        connector, stream = attached.connector, _stream(attached, claimed.stream)
        assert isinstance(connector, Sweeps)
        self._spend(attached)
        for page in connector.sweep(stream.name, claimed.cursor, began):
            now = self.clock.now()
            with self.store.transaction() as tx:
                moved = tx.row(
                    SQL.move_cursor, cursor=page.cursor, until=now + self.lease, now=now,
                    connection_id=claimed.connection_id, stream=stream.name, fence=claimed.fence,
                )  # fmt: skip
                if moved is None:
                    log.warning(
                        "sweep.lost", connection=attached.connection.name, stream=stream.name
                    )
                    return
                breaker.answered(tx, attached, now)
                adopt_budget(tx, attached, self._pace(claimed.connection_id), now)
                self._keep_page(tx, attached, stream, page, seen, now)
                if page.last and page.full and stream.projection:
                    retire_unseen(tx, claimed.connection_id, stream.projection, began)
            if page.last:
                return
            self._spend(attached)

    def _spend(self, attached: Attached) -> None:
        """Pages are paid from the same budget as effects, and wait for it.

        Raises OutOfBudget when there will be none for a good while: the sweep goes on later.
        """
        connection_id = attached.connection.connection_id
        while True:
            now = self.clock.now()
            with self.store.transaction() as tx:
                if pace.take_tokens(tx, connection_id, attached.manifest, PAGE_COST, now):
                    return
                missing = pace.time_until_affordable(tx, connection_id, PAGE_COST, now)
            if missing > LONGEST_WAIT or self.wait(max(0.05, missing.total_seconds())):
                raise OutOfBudget("the rate budget is used up", retry_after=missing)

    def _pace(self, connection_id: int) -> Pace:
        return self.paces.setdefault(connection_id, Pace(1))

    def _tell_breaker(self, attached: Attached, error: ConnectorError, *, probing: bool) -> None:
        now, said = self.clock.now(), breaker.verdict_of(error)
        with self.store.transaction() as tx:
            if isinstance(error, OutOfBudget) or (probing and said is Verdict.UNCLEAR):
                breaker.probe_now(tx, attached.connection.connection_id, now)
            elif said is Verdict.ANSWERS:
                breaker.answered(tx, attached, now)
            elif said is Verdict.SILENT:
                breaker.failed(tx, attached, error.reason, now, self.chance, probing=probing)

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
        self, attached: Attached, claimed: Any, seen: Seen, *, began: datetime | None = None,
        failed: ConnectorError | None = None,
    ) -> None:  # fmt: skip
        now = self.clock.now()
        interval = timedelta(seconds=claimed.interval_seconds)
        if not failed:
            interval = _next_interval(_stream(attached, claimed.stream), interval, seen)
        failures = claimed.failures + 1 if failed else 0
        pause = interval
        if failed:
            pause = min(interval, timedelta(seconds=min(300, 2 ** min(failures, 8))))
        if isinstance(failed, RateLimited):
            pause = max(pause, failed.retry_after)
        with self.store.transaction() as tx:
            tx.run(
                SQL.end_sweep, connection_id=claimed.connection_id, stream=claimed.stream,
                fence=claimed.fence, now=now, due_at=now + pause,
                interval=interval.total_seconds(), as_of=began, found=seen.found,
                missed=seen.missed, failures=failures,
                error=failed.reason[:500] if failed else None,
            )  # fmt: skip


def _stream(attached: Attached, name: str) -> Stream:
    """Raises LookupError for one that this connector does not offer (any more)."""
    streams = (*attached.manifest.streams, UPKEEP)
    found = next((s for s in streams if s.name == name), None)
    if found is None:
        raise LookupError(f"{attached.manifest.title} has no stream {name!r}")
    return found


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
