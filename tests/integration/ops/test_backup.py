"""The ledger in one file: everything of one moment, nothing secret, refused when damaged."""

import errno
import os
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import urlsplit

import psycopg
import pytest

from crossdock.engine.migrations.runner import migrate
from crossdock.engine.store import Store, StoreUnavailable
from crossdock.governance.access import Kind
from crossdock.governance.api_keys import issue_key
from crossdock.governance.connections import add_connection
from crossdock.governance.principals import ensure_principal
from crossdock.ops import restore as restoring
from crossdock.ops.backup import back_up, place_of
from crossdock.ops.backup_file import (
    MANIFEST,
    BackupManifest,
    BackupReader,
    BackupWriter,
    BadBackup,
    member,
)
from crossdock.ops.restore import NotEmpty, restore
from crossdock.ports.setting import Setting
from tests.support.one_row_each import ROWS, insert_one_row_each
from tests.support.paper_connectors import SHOP, order_body
from tests.support.paper_house import PaperHouse

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.zip"


def test_a_backup_holds_every_row_of_every_company(
    store: Store, blank_database: str, file: Path
) -> None:
    with store.transaction() as tx:
        insert_one_row_each(tx, 1)
        insert_one_row_each(tx, 2)
    made = back_up(store, file, AT)
    for table in ROWS:
        assert made.manifest.rows_of(table) == 2, table
    done = restore(blank_database, BackupReader(file), "anna", lambda: AT)
    assert done.manifest == made.manifest
    with Store(blank_database, size=2) as restored:
        again = back_up(restored, file.with_name("again.zip"), AT).manifest
    same = {t.name: t.sha256 for t in made.manifest.tables}
    changed = {t.name for t in again.tables if t.sha256 != same[t.name]}
    assert changed == {"restoration", "lease", "audit", "effect", "stream", "attempt"}


def test_a_backup_is_of_one_moment(house: PaperHouse, file: Path) -> None:
    """Messages arrive all the while; the log and the messages it made are of the same moment."""
    over = threading.Event()

    def keep_arriving() -> None:
        number = 0
        while not over.is_set():
            house.arrive(order_body(number := number + 1))

    busy = threading.Thread(target=keep_arriving)
    busy.start()
    try:
        for attempt in range(5):
            manifest = back_up(house.store, file.with_name(f"{attempt}.zip"), AT).manifest
            assert manifest.rows_of("delivery") == manifest.rows_of("message")
    finally:
        over.set()
        busy.join()
    assert manifest.rows_of("message") > 0


def test_only_its_owner_may_read_it_and_nothing_is_overwritten(store: Store, file: Path) -> None:
    back_up(store, file, AT)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    with pytest.raises(FileExistsError, match="overwrites nothing"):
        back_up(store, file, AT)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
    assert place_of(file.parent, AT) == file.parent / "crossdock-20260302T090000Z.zip"


def test_a_damaged_backup_is_refused_before_anything_is_done(
    house: PaperHouse, blank_database: str, file: Path
) -> None:
    house.arrive(order_body(1))
    back_up(house.store, file, AT)
    altered = file.with_name("altered.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(altered, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + content if name == member("message") else content)
    with pytest.raises(BadBackup, match="table message is not as it was written"):
        restore(blank_database, BackupReader(altered), "anna", lambda: AT)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(BadBackup, match="is no backup of Crossdock"):
        BackupReader(file)


def test_a_backup_of_another_schema_names_the_version_it_needs(
    store: Store, blank_database: str, file: Path
) -> None:
    back_up(store, file, AT)
    other = file.with_name("other.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == MANIFEST:
                content = content.replace(b'"revision": "', b'"revision": "x')
            new.writestr(name, content)
    with pytest.raises(BadBackup, match="restore it with Crossdock"):
        restore(blank_database, BackupReader(other), "anna", lambda: AT)


def test_a_restore_replaces_nothing(house: PaperHouse, database: str, file: Path) -> None:
    house.arrive(order_body(1))
    back_up(house.store, file, AT)
    with pytest.raises(NotEmpty, match="delivery"):
        restore(database, BackupReader(file), "anna", lambda: AT)
    assert house.message_states() == ["waiting"]
    with house.store.transaction() as tx:
        assert tx.rows("SELECT 1 FROM restoration") == []


def test_what_is_not_empty_is_neither_migrated_nor_locked(
    house: PaperHouse, database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wrong database was named: whoever works in it notices nothing."""
    house.arrive(order_body(1))
    back_up(house.store, file, AT)
    monkeypatch.setattr(restoring, "migrate", lambda _: pytest.fail("it migrates"))
    with psycopg.connect(database) as somebody:
        somebody.execute("SELECT FROM crossdock.message")
        with pytest.raises(NotEmpty, match="delivery"):
            restore(database, BackupReader(file), "anna", lambda: AT)


def test_what_is_in_use_is_named(
    store: Store, blank_database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty, but a worker was started already: the restore does not wait for it to end."""
    back_up(store, file, AT)
    migrate(blank_database)
    monkeypatch.setattr(restoring, "LOCK_SECONDS_MAX", 0.2)
    with psycopg.connect(blank_database) as somebody:
        somebody.execute("SELECT FROM crossdock.message")
        with pytest.raises(StoreUnavailable, match="in use: stop every worker"):
            restore(blank_database, BackupReader(file), "anna", lambda: AT)
    restore(blank_database, BackupReader(file), "anna", lambda: AT)


@pytest.mark.parametrize("links", [True, False])
def test_two_backups_to_one_name_do_not_spoil_each_other(
    file: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    """The first to be complete has the name; the other says so and leaves nothing behind."""
    if not links:
        monkeypatch.setattr(os, "link", Mock(side_effect=PermissionError("no links here")))
    manifest = BackupManifest("1", "1", "18", AT, 0, (), {})
    one, other = BackupWriter(file), BackupWriter(file)
    one.finish(manifest)
    assert BackupReader(file).manifest == manifest
    with pytest.raises(FileExistsError, match="overwrites nothing"):
        other.finish(replace(manifest, epoch=1))
    other.give_up()
    assert BackupReader(file).manifest == manifest
    assert list(file.parent.iterdir()) == [file]


def test_secrets_are_not_in_it(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as text, nor as the hexadecimal form in which bytes are saved."""
    monkeypatch.setenv("CANARY_PLACE", secret := "canary-of-the-shop")
    with store.transaction() as tx:
        who = ensure_principal(tx, company_id=1, name="portal", kind=Kind.SERVICE, roles=(), now=AT)
        key = issue_key(tx, who, expires_at=AT + timedelta(days=1), now=AT)
        manifest = replace(SHOP, settings=(*SHOP.settings, Setting("token", "…", secret=True)))
        add_connection(
            tx, manifest, company_id=1, name="shop", settings={"erp": "erp"},
            secrets={"token": ["env:CANARY_PLACE"]}, now=AT,
        )  # fmt: skip
    back_up(store, file, AT)
    assert found_in(file, "CANARY_PLACE")
    assert found_in(file, key.key_id)
    assert [s for s in (secret, key.text, key.text.split("_", 2)[2]) if found_in(file, s)] == []


def found_in(file: Path, text: str) -> list[str]:
    """Members of the backup that have it."""
    forms = (text.encode(), text.encode().hex().encode())
    with zipfile.ZipFile(file) as backup:
        return [n for n in backup.namelist() for form in forms if form in backup.read(n)]


def test_an_owner_who_is_no_superuser_can_restore(
    house: PaperHouse, blank_database: str, file: Path
) -> None:
    """Row-level security is forced on owners too: lifted for the restore, it stands after it."""
    house.arrive(order_body(1))
    back_up(house.store, file, AT)
    name = f"owner_{blank_database.partition('?')[0].rpartition('_')[2][:12]}"
    with psycopg.connect(blank_database, autocommit=True) as admin:
        database = admin.info.dbname
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'p'")
        try:
            admin.execute(f"GRANT crossdock_app TO {name}")
            admin.execute(f"CREATE SCHEMA crossdock AUTHORIZATION {name}")
            url = urlsplit(blank_database)._replace(netloc=f"{name}:p@").geturl()
            admin.execute(f"GRANT CREATE ON DATABASE {database} TO {name}")
            restore(url, BackupReader(file), "anna", lambda: AT)
            forced = admin.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'crossdock'::regnamespace "
                "AND relrowsecurity AND NOT relforcerowsecurity"
            ).fetchone()
            assert forced == (0,)
            with Store(url, size=1) as restored, restored.transaction() as tx:
                assert len(tx.rows("SELECT 1 FROM message")) == 1
        finally:
            admin.execute(f"DROP OWNED BY {name} CASCADE")
            admin.execute(f"DROP ROLE {name}")


def test_row_level_security_stands_after_a_restore(
    store: Store, blank_database: str, file: Path
) -> None:
    with store.transaction() as tx:
        insert_one_row_each(tx, 1)
        insert_one_row_each(tx, 2)
    back_up(store, file, AT)
    restore(blank_database, BackupReader(file), "anna", lambda: AT)
    with Store(blank_database, size=1, companies=[1]) as one, one.transaction() as tx:
        for table in ROWS.keys() - {"lease"}:
            seen = {r.company_id for r in tx.rows(f"SELECT company_id FROM {table}")}
            assert seen == {1}, table


def test_nobody_alters_a_table_while_it_is_read(
    house: PaperHouse, database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table rewritten after the snapshot was taken would look empty in it."""
    house.arrive(order_body(1))
    refused, write = list[str](), BackupWriter.write

    def meanwhile(writer: BackupWriter, table: str, pieces: Iterable[bytes]) -> None:
        with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
            owner.execute("SET lock_timeout TO '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                owner.execute("ALTER TABLE message ALTER attempts TYPE bigint")
        refused.append(table)
        write(writer, table, pieces)

    monkeypatch.setattr(BackupWriter, "write", meanwhile)
    assert back_up(house.store, file, AT).manifest.rows_of("message") == 1
    assert refused


def test_a_full_disk_ends_it_at_once_and_leaves_nothing(
    store: Store, database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
        owner.execute(
            "INSERT INTO delivery (received_at, company_id, connection_id, source, topic, "
            "message_key, duplicate, headers, body) SELECT %s, 1, 1, 's', 't', n::text, false, "
            "'', decode(repeat('00', 500000), 'hex') FROM generate_series(1, 40) n", (AT,),
        )  # fmt: skip

    def full(_writer: BackupWriter, _table: str, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            if len(piece) > 100_000:
                raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(BackupWriter, "write", full)
    ended = list[OSError]()

    def run() -> None:
        try:
            back_up(store, file, AT)
        except OSError as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    assert [error.errno for error in ended] == [errno.ENOSPC]
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize(
    "manifest",
    [b"[" * 100_000, b"null", b'{"format": 1}', b'{"format": "x"}', b'{"format": 9}', b"\xff"],
    ids=["deep", "null", "bare", "words", "newer", "bytes"],
)
def test_a_manifest_that_is_none_is_named(store: Store, file: Path, manifest: bytes) -> None:
    with zipfile.ZipFile(file, "w") as forged:
        forged.writestr(MANIFEST, manifest)
    with pytest.raises(BadBackup):
        BackupReader(file)
