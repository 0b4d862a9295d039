"""Restore the ledger from a backup into an empty database, ready to be brought level again.

All of it is one transaction: whoever looks sees the empty database or the restored ledger, with
every open effect in doubt and every stream due (`resync`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossdock.engine.migrations.runner import migrate
from crossdock.engine.migrations.standing import newest_known
from crossdock.engine.store import (
    SerializationConflict,
    StoreUnavailable,
    Transaction,
    load_queries,
)
from crossdock.engine.store.copying import TableShape, copy_in, copy_out, has_rows
from crossdock.engine.store.owner import owner_transaction
from crossdock.ops.backup import table_shapes
from crossdock.ops.backup_file import BackupManifest, BackupReader, BadBackup, Counted
from crossdock.ops.resync import InDoubt, resync

SQL = load_queries(__package__, "restore.sql")
COMPANIES = "company"
"""The one table in which an empty database may have rows."""
LOCK_SECONDS_MAX = 5
"""Whoever is in the database meanwhile is not kept waiting longer."""


class NotEmpty(ValueError):
    """There is something in the database: a restore replaces nothing."""


@dataclass(slots=True)
class Restored:
    """What a restore did, and how long each stage took."""

    manifest: BackupManifest
    epoch: int = 0
    in_doubt: InDoubt | None = None
    stages: dict[str, timedelta] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.stages[name] = timedelta(seconds=time.monotonic() - began)

    @property
    def seconds(self) -> float:
        return sum(t.total_seconds() for t in self.stages.values())


def restore(url: str, backup: BackupReader, by: str, now: Callable[[], datetime]) -> Restored:
    """Check the file, make the schema, put every row in, compare, and doubt what must be doubted.

    Nothing is migrated and nobody kept waiting in a database that is not empty. `now` is asked once
    the database can be. Raises BadBackup, NotEmpty, StoreUnavailable, StatementFailed; the rows of
    the database are as they were then.
    """
    manifest = backup.manifest
    require_revision(manifest)
    done = Restored(manifest)
    with done.stage("check the file"):
        backup.check()
    _require_nothing(url)
    with done.stage("make the schema"):
        migrate(url)
    at = now()
    with owner_transaction(url, "crossdock restore") as tx:
        _be_alone(tx)
        tables = _matching(manifest, table_shapes(tx))
        _require_empty(tx, tables)
        with done.stage("put the rows in"):
            tx.run(SQL.forget_companies)
            for table in tables:
                copy_in(tx, table, backup.pieces(table.name))
        with done.stage("compare"):
            _compare(tx, manifest, tables)
        with done.stage("prepare the re-sync"):
            done.epoch, done.in_doubt = resync(tx, manifest, by, at)
            tx.run(SQL.force_row_security)
    return done


def require_revision(manifest: BackupManifest) -> None:
    """Raises BadBackup for a backup of another schema than this program's."""
    if manifest.revision != newest_known():
        raise BadBackup(
            f"it is of schema revision {manifest.revision}, this program's is {newest_known()}: "
            f"restore it with Crossdock {manifest.crossdock}, then install this one and run "
            "`crossdock migrate`"
        )


def _matching(manifest: BackupManifest, tables: list[TableShape]) -> list[TableShape]:
    """The tables of the database. Raises BadBackup when they are not those of the backup."""
    here = {table.name: set(table.columns) for table in tables}
    there = {table.name: set(table.columns) for table in manifest.tables}
    if here != there:
        other = sorted(n for n in {*here, *there} if here.get(n) != there.get(n))
        raise BadBackup(f"it does not fit the schema, these tables differ: {', '.join(other)}")
    saved = {table.name: table.columns for table in manifest.tables}
    return [TableShape(t.name, saved[t.name], t.key, t.texts) for t in tables]


def _require_nothing(url: str) -> None:
    """As `_require_empty`, of a database in whatever state, with no lock that hinders anybody."""
    with owner_transaction(url, "crossdock restore") as tx:
        tables = table_shapes(tx)
        if any(table.name == COMPANIES for table in tables):
            tx.for_companies([row.company_id for row in tx.rows(SQL.companies)])
        _require_empty(tx, tables)


def _be_alone(tx: Transaction) -> None:
    """Raises StoreUnavailable while somebody is in the tables."""
    tx.run(SQL.set_lock_timeout, most=f"{LOCK_SECONDS_MAX}s")
    try:
        tx.run(SQL.lift_row_security)
    except SerializationConflict as error:
        raise StoreUnavailable(
            "the database is empty but in use: stop every worker and API that names it, end what "
            "pg_stat_activity still shows, and restore again; nothing was restored"
        ) from error


def _require_empty(tx: Transaction, tables: list[TableShape]) -> None:
    full = [t.name for t in tables if t.name != COMPANIES and has_rows(tx, t)]
    if full:
        raise NotEmpty(
            f"the database is not empty ({', '.join(full[:5])} …): a restore replaces nothing; "
            "make an empty database and name it in CROSSDOCK_DATABASE_URL"
        )


def _compare(tx: Transaction, manifest: BackupManifest, tables: list[TableShape]) -> None:
    """Read back what stands there now: the same number of rows, the same digest of each table."""
    saved = {table.name: table for table in manifest.tables}
    for table in tables:
        found, wanted = Counted().all(copy_out(tx, table)), saved[table.name]
        if (found.rows, found.sha256) != (wanted.rows, wanted.sha256):
            raise BadBackup(
                f"{table.name} does not read back as it was saved ({found.rows} rows for "
                f"{wanted.rows}): nothing was restored"
            )
