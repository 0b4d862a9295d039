"""Circuit breaker: a connection that does not answer is left alone, by every worker at once.

    closed ──5 calls in a row unanswered──► open ──pause over: one call──► answered? closed
                                              ▲                                │
                                              └───── no: a longer pause ◄──────┘

While it is open nothing is sent and nothing is swept; effects wait where they stand, and what an
outage costs is no strike against them. Each try is another effect's: the one untried for the
longest time. So one that can never pass holds up nobody, and it has strikes whenever others pass.
It is one row in the database per connection.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from crossdock.engine.channels import DELIVER, SWEEP
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.errors import (
    ROLLED_BACK,
    UNSERVED,
    Ambiguous,
    ConnectorError,
    Unavailable,
)
from crossdock.ports.manifest import OUTAGE_MINUTES

SQL = load_queries(__package__, "breaker.sql")
log = structlog.get_logger(__name__)

FAILURES_TO_OPEN = 5
PAUSE_FIRST = timedelta(seconds=1)
PAUSE_LAST = timedelta(seconds=60)


class Verdict(StrEnum):
    """What a call says about its connection."""

    ANSWERS = "answers"
    SILENT = "silent"
    UNCLEAR = "unclear"


def verdict(results: Iterable[Observed | Failed | Conflicting | Absent]) -> Verdict:
    """One answer, a refusal included, shows that it is there; only silence for all shows nothing.

    No result at all is unclear.
    """
    found = {_of_one(result) for result in results}
    for each in (Verdict.ANSWERS, Verdict.SILENT):
        if each in found:
            return each
    return Verdict.UNCLEAR


def verdict_of(error: ConnectorError) -> Verdict:
    """The same, of an error. One that wraps another (a failed probe) says what that one says.

    Silent is only what no record can be blamed for. A reply that nobody understands, a job that is
    not done, a fault of our own code: they say nothing of the connection.
    """
    cause = error.__cause__ if isinstance(error.__cause__, ConnectorError) else error
    if cause.code in UNSERVED or (type(cause) is Unavailable and not cause.code):
        return Verdict.SILENT
    unclear = isinstance(cause, (Unavailable, Ambiguous)) or type(cause) is ConnectorError
    return Verdict.UNCLEAR if unclear and cause.code != ROLLED_BACK else Verdict.ANSWERS


def _of_one(result: Observed | Failed | Conflicting | Absent) -> Verdict:
    return verdict_of(result.error) if isinstance(result, Failed) else Verdict.ANSWERS


def begin_probe(tx: Transaction, connection_id: int, until: datetime, now: datetime) -> bool:
    """Become the one caller that tries an open connection; nobody else does before `until`."""
    return tx.row(SQL.begin_probe, connection_id=connection_id, until=until, now=now) is not None


def answered(tx: Transaction, attached: Attached, now: datetime) -> None:
    """The connection answered: close the breaker, and wake everybody when it was open."""
    connection = attached.connection
    row = tx.row(SQL.answered, connection_id=connection.connection_id)
    if row is None or row.was_open_since is None:
        return
    log.info("breaker.closed", connection=connection.name, since=row.was_open_since.isoformat())
    tx.run(
        SQL.close_question,
        company_id=connection.company_id,
        connection_id=connection.connection_id,
        now=now,
    )
    for channel in (DELIVER, SWEEP):
        tx.run(RECEIVE_SQL.wake, channel=channel)


def failed(
    tx: Transaction,
    attached: Attached,
    reason: str,
    now: datetime,
    chance: random.Random,
    *,
    probing: bool,
) -> bool:
    """The connection did not answer; returns whether the breaker is open now.

    Only the probe moves an open breaker's pause: calls that were in flight when it opened do not.
    """
    connection_id = attached.connection.connection_id
    row = tx.row(SQL.count_failure, connection_id=connection_id, reason=reason[:500])
    assert row is not None
    if row.opened_at is None and row.failures < FAILURES_TO_OPEN:
        return False
    if row.opened_at is None or probing:
        pause = backoff(row.probes, chance)
        tx.run(SQL.open_breaker, connection_id=connection_id, probe_at=now + pause, now=now)
    if row.opened_at is None:
        log.warning("breaker.opened", connection=attached.connection.name, reason=reason)
    elif row.asked_at is None and now - row.opened_at >= outage_alarm(attached):
        _ask(tx, attached, row.opened_at, reason, now)
    return True


def probe_now(tx: Transaction, connection_id: int, now: datetime) -> None:
    """Where it is open: the next call may try the connection at once."""
    tx.run(SQL.probe_now, connection_id=connection_id, now=now)


def backoff(probes: int, chance: random.Random) -> timedelta:
    """1 s, 2 s, 4 s … at most 60 s, times 0.5 to 1."""
    doubled: timedelta = PAUSE_FIRST * (1 << min(probes, 10))
    return min(doubled, PAUSE_LAST) * (0.5 + chance.random() / 2)


def outage_alarm(attached: Attached) -> timedelta:
    """How long it may be silent before a person is asked."""
    given = attached.connection.settings.get(OUTAGE_MINUTES.name) or OUTAGE_MINUTES.default
    return timedelta(minutes=float(given or 0))


def _ask(tx: Transaction, attached: Attached, since: datetime, reason: str, now: datetime) -> None:
    connection = attached.connection
    tx.run(
        SQL.ask_a_person,
        company_id=connection.company_id,
        connection_id=connection.connection_id,
        work_key=f"connection:{connection.name}",
        reason=f"no answer since {since:%Y-%m-%d %H:%M:%S} UTC: {reason}"[:2000],
        fix="see that the system and the network are up; it is tried once a minute, "
        "and what waits is sent when it answers; `crossdock holds release ID --as retry` "
        "tries it at once",
        owner=attached.manifest.owner,
        now=now,
    )
