"""The embedded PostgreSQL against real processes: start, attach, crash, race, keep out."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from crossdock.cli.server_watch import ServerWatch
from crossdock.engine.postgres import EmbeddedPostgres, PostgresUnavailable, location, postmaster
from crossdock.engine.postgres.account import server_account
from crossdock.engine.postgres.binaries import usable_binaries

ROOT = os.geteuid() == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(tmp_path / "postgres")
    cluster.start()
    yield cluster
    cluster.remove()


def pid_of(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().splitlines()[0])


def ask(url: str, statement: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


def in_new_process(data_dir: Path) -> subprocess.CompletedProcess[str]:
    script = "import sys, pathlib; from crossdock.engine.postgres import EmbeddedPostgres as E;"
    script += "print(E(pathlib.Path(sys.argv[1])).start())"
    command = [sys.executable, "-c", script, str(data_dir)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)


def test_serves_with_the_settings_it_promises(server: EmbeddedPostgres) -> None:
    wanted = {"fsync": "on", "synchronous_commit": "on", "listen_addresses": "", "jit": "off"}
    assert {name: ask(server.url, f"SHOW {name}") for name in wanted} == wanted
    assert ask(server.url, "SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL") == "0"
    assert ask(server.url, "SELECT datcollate FROM pg_database WHERE datname = 'crossdock'") == "C"


def test_a_second_process_attaches_and_its_end_changes_nothing(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    before = pid_of(tmp_path / "postgres")
    assert in_new_process(tmp_path / "postgres").stdout.strip() == server.url
    assert pid_of(tmp_path / "postgres") == before
    assert server.running


def test_the_server_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    url = in_new_process(tmp_path / "postgres").stdout.strip()
    cluster = EmbeddedPostgres(tmp_path / "postgres")
    try:
        assert ask(url, "SELECT 1") == "1"
        with cluster:
            assert cluster.url == url
        assert cluster.running, "leaving the block stopped a server that was only attached"
    finally:
        cluster.remove()


def test_recovers_what_was_committed_after_kill_9(server: EmbeddedPostgres, tmp_path: Path) -> None:
    ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    # A session that is busy survives the server for a while and holds its memory.
    script = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])"
    endless = "DO 'BEGIN LOOP NULL; END LOOP; END'"
    busy = [sys.executable, "-c", script, server.url, endless]
    session = subprocess.Popen(busy, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    os.kill(pid_of(tmp_path / "postgres"), signal.SIGKILL)
    assert (tmp_path / "postgres" / "postmaster.pid").exists()
    deadline = time.monotonic() + 10
    while server.running and time.monotonic() < deadline:
        time.sleep(0.01)  # the kernel takes its time to close a killed process's socket
    server.start()
    session.wait(timeout=60)
    assert ask(server.url, "SELECT answer FROM kept") == "42"


def test_a_pid_that_now_belongs_to_another_program_does_not_block_the_start(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    data_dir = tmp_path / "postgres"
    pid_file = (data_dir / "postmaster.pid").read_text()
    old = str(pid_of(data_dir))
    server.stop()
    account = server_account(data_dir)
    identity = {"user": account.uid, "group": account.gid} if ROOT else {}
    sleeper = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **identity)  # type: ignore[call-overload]
    try:
        socket_lock = Path(pid_file.splitlines()[4]) / ".s.PGSQL.5432.lock"
        for left_behind in (data_dir / "postmaster.pid", socket_lock):
            left_behind.write_text(pid_file.replace(old, str(sleeper.pid), 1))
            account.own(left_behind, 0o600)
        assert not server.running
        assert ask(server.start(), "SELECT 1") == "1"
        assert sleeper.poll() is None
    finally:
        sleeper.kill()


def test_concurrent_starters_get_one_server(tmp_path: Path) -> None:
    data_dir = tmp_path / "postgres"
    try:
        with ThreadPoolExecutor(4) as pool:
            starts = list(pool.map(in_new_process, [data_dir] * 4))
        assert len({start.stdout for start in starts}) == 1
        assert ask(starts[0].stdout.strip(), "SELECT 1") == "1"
    finally:
        EmbeddedPostgres(data_dir).remove()


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(tmp_path / "postgres")
    chosen = location.choose(tmp_path / "postgres", server_account(tmp_path / "postgres"))
    chosen.building.mkdir()
    (chosen.building / "half").write_text("made")
    try:
        assert ask(cluster.start(), "SELECT 1") == "1"
    finally:
        cluster.remove()


def clusters_of(folder: Path) -> list[str]:
    notes = location.CLUSTERS_FOLDER.glob("*/data.belongs-to")
    return [note.parent.name for note in notes if note.read_text().startswith(str(folder))]


def test_a_cluster_to_throw_away_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with EmbeddedPostgres.throw_away(tmp_path / "postgres") as server:
            assert server.running
            assert bool(clusters_of(tmp_path)) == ROOT
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not clusters_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["postgres.lock"]


def test_a_cluster_that_was_there_is_not_thrown_away(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    throw_away = EmbeddedPostgres.throw_away(tmp_path / "postgres")
    with pytest.raises(PostgresUnavailable, match="there already"), throw_away:
        pass
    assert server.running


def test_one_that_was_killed_died_and_one_that_was_stopped_did_not(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    seen = [server.died]
    server.stop()
    seen.append(server.died)
    assert seen == [False, False]
    server.start()
    os.kill(pid_of(tmp_path / "postgres"), signal.SIGKILL)
    deadline = time.monotonic() + 10
    # Its command line goes an instant before its sockets do.
    while not server.died or server.running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    watch = ServerWatch(server)
    assert watch.look()
    assert server.running


def test_a_wrong_password_is_refused(server: EmbeddedPostgres) -> None:
    password = server.url.split(":")[2].split("@")[0]
    for wrong in (server.url.replace(password, "wrong"), server.url.replace(f":{password}", "")):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(wrong)
    stored = ask(server.url, "SELECT rolpassword FROM pg_authid WHERE rolname = 'crossdock'")
    assert stored.startswith("SCRAM-SHA-256$")


def test_nothing_is_readable_by_others(server: EmbeddedPostgres, tmp_path: Path) -> None:
    found = location.find(tmp_path / "postgres")
    pid_file = postmaster.read_pid_file(found)
    assert pid_file is not None
    for folder in (found.data, pid_file.socket_folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(found.password_file.stat().st_mode) == 0o600


@pytest.mark.skipif(not ROOT, reason="only root has to leave its own folders")
def test_root_runs_it_as_another_user_and_opens_no_folder_of_its_own(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    status = Path(f"/proc/{pid_of(tmp_path / 'postgres')}").stat()
    assert status.st_uid != 0
    assert (tmp_path / "postgres").is_symlink()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@pytest.mark.skipif(not ROOT, reason="only root relocates the data")
def test_a_copied_link_is_refused(server: EmbeddedPostgres, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.symlink_to((tmp_path / "postgres").readlink())
    with pytest.raises(PostgresUnavailable, match="belongs to") as refused:
        EmbeddedPostgres(copy).start()
    assert "delete the link" in refused.value.remedy


def test_another_major_version_is_refused(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.stop()
    version = tmp_path / "postgres" / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(PostgresUnavailable, match="written by PostgreSQL 12"):
        server.start()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PostgresUnavailable, match="Cannot use") as refused:
        EmbeddedPostgres(tmp_path / "file" / "postgres").start()
    assert "CROSSDOCK_DATABASE_URL" in refused.value.remedy


def test_a_path_too_long_for_a_socket_still_works(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(tmp_path / ("long" * 25) / "postgres")
    try:
        assert ask(cluster.start(), "SELECT 1") == "1"
    finally:
        cluster.remove()


AS_NOBODY = """
    import os, pathlib, sys
    from crossdock.engine.postgres import EmbeddedPostgres, cluster
    from crossdock.engine.postgres.binaries import Binaries
    copied = Binaries(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
    cluster.usable_binaries = lambda account, folder: copied
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
    server.start()
    print(server.url.startswith("postgresql://crossdock:"), server._wanted.is_symlink())
    print((server._wanted / "PG_VERSION").stat().st_uid)
    server.remove()
    print(sorted(path.name for path in pathlib.Path(sys.argv[1]).parent.iterdir()))
"""


@pytest.mark.skipif(not ROOT, reason="the other tests already run without privileges")
def test_the_same_without_privileges() -> None:
    home = Path(tempfile.mkdtemp())
    os.chown(home, 65534, 65534)
    programs = usable_binaries(server_account(home / "none"), location.BINARIES_FOLDER)
    script = [sys.executable, "-c", textwrap.dedent(AS_NOBODY), str(home / "postgres")]
    script += [str(programs.bin_folder), str(programs.major_version)]
    try:
        done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
        assert done.stdout.split("\n")[:3] == ["True False", "65534", "['postgres.lock']"], (
            done.stderr
        )
    finally:
        shutil.rmtree(home)
