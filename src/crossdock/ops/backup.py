"""Back up the ledger: all its tables as of one moment, in one file, while everything runs on.

Secrets are not in the ledger (only where they stand is), so they are not in a backup.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from crossdock.engine.store import SerializationConflict, Store, Transaction, load_queries
from crossdock.engine.store.copying import TableShape, copy_out, lock_for_reading
from crossdock.ops.backup_file import BackupManifest, BackupWriter, Counted, SavedTable

SQL = load_queries(__package__, "backup.sql")
REVISION = "alembic_version"
"""Where the schema's revision stands; not the ledger's."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written."""

    path: Path
    manifest: BackupManifest
    size: int
    """Bytes of the file."""


def place_of(target: Path, now: datetime) -> Path:
    """The file itself; in a folder (made if need be), one with the instant for its name.

    A name that does not end in `.zip` is a folder's. Raises OSError.
    """
    if target.suffix == ".zip" and not target.is_dir():
        return target
    if not target.is_file():
        target.mkdir(parents=True, exist_ok=True)
    return target / f"crossdock-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip"


def back_up(store: Store, path: Path, now: datetime) -> Backup:
    """Write everything of every company, as of one moment. Readers and writers are not hindered.

    What was committed before `now` is in it. Raises FileExistsError, OSError; no file is left then.
    """
    writer = BackupWriter(path)
    try:
        manifest = _read_all(store, writer, now)
        writer.finish(manifest)
    except BaseException:
        writer.give_up()
        raise
    return Backup(path, manifest, path.stat().st_size)


def _read_all(store: Store, writer: BackupWriter, at: datetime) -> BackupManifest:
    """The tables are locked before the snapshot is taken: it would show one altered later as empty.

    Raises SerializationConflict when a migration made tables meanwhile.
    """
    with store.transaction() as tx:
        names = [table.name for table in table_shapes(tx)]
    with store.transaction() as tx:
        tx.run(SQL.one_snapshot)
        lock_for_reading(tx, [*names, REVISION])
        tables = table_shapes(tx)
        if [table.name for table in tables] != names:
            raise SerializationConflict("the schema moved on while the backup began: start it anew")
        return _write(tx, tables, writer, at)


def _write(
    tx: Transaction, tables: Sequence[TableShape], writer: BackupWriter, at: datetime
) -> BackupManifest:
    saved = []
    for table in tables:
        counted = Counted()
        with closing(copy_out(tx, table)) as pieces:
            writer.write(table.name, counted.passing(pieces))
        saved.append(SavedTable(table.name, table.columns, counted.rows, counted.sha256))
    epoch, server, revision = tx.row(SQL.epoch), tx.row(SQL.server_version), tx.row(SQL.revision)
    assert epoch is not None
    assert server is not None
    assert revision is not None
    return BackupManifest(
        crossdock=version("crossdock"),
        revision=revision.version_num,
        server=server.version,
        at=at,
        epoch=epoch.epoch,
        tables=tuple(saved),
        sequences={s.name: s.last_value or 0 for s in tx.rows(SQL.sequences)},
    )


def table_shapes(tx: Transaction) -> list[TableShape]:
    """Every table of the ledger, each after those that it refers to."""
    return [
        TableShape(row.name, tuple(row.columns), tuple(row.key), frozenset(row.texts or ()))
        for row in tx.rows(SQL.tables)
    ]
