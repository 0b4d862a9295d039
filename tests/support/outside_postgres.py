"""A throwaway PostgreSQL that Crossdock did not start: what CROSSDOCK_DATABASE_URL names.

It is the oldest supported version when Debian's programs are there, else the bundled one.
CROSSDOCK_TEST_INSTALL_POSTGRES=1 lets a run as root fetch Debian's with apt-get first.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crossdock.engine.postgres import command, location
from crossdock.engine.postgres.account import Account, server_account
from crossdock.engine.postgres.binaries import Binaries, usable_binaries

SYSTEM_FOLDER = Path("/usr/lib/postgresql")
OLDEST_SUPPORTED = 15
PASSWORD = "outside"
# One role that may do everything, and one as a careful customer would grant it.
ROLES = f"""\
CREATE ROLE customer LOGIN CREATEROLE PASSWORD '{PASSWORD}';
CREATE DATABASE crossdock;
CREATE DATABASE customer OWNER customer;
"""


@dataclass(frozen=True)
class OutsidePostgres:
    """A running server: `url` is a superuser's, `limited_url` a plain database owner's."""

    port: int
    major_version: int

    @property
    def url(self) -> str:
        return f"postgresql://admin:{PASSWORD}@127.0.0.1:{self.port}/crossdock"

    @property
    def limited_url(self) -> str:
        return f"postgresql://customer:{PASSWORD}@127.0.0.1:{self.port}/customer"


@contextmanager
def outside_postgres() -> Iterator[OutsidePostgres]:
    """Make, start, hand out, stop and delete the server."""
    home = Path(tempfile.mkdtemp(prefix="outside-postgres-"))
    account = server_account(home / "data")
    account.own(home, 0o700)
    programs = oldest_programs(account)
    port = free_port()
    try:
        _initialise(home, account, programs)
        _control(home, account, programs, "start", "-l", str(home / "log"), "-o", f"-p {port}")
        try:
            yield OutsidePostgres(port, programs.major_version)
        finally:
            _control(home, account, programs, "stop", "-m", "immediate")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def oldest_programs(account: Account) -> Binaries:
    """Debian's oldest version that we support, else the bundled one."""
    if not _system_programs() and os.environ.get("CROSSDOCK_TEST_INSTALL_POSTGRES") == "1":
        _install()
    bundled = usable_binaries(account, location.BINARIES_FOLDER)
    return min([*_system_programs(), bundled], key=lambda found: found.major_version)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _system_programs() -> list[Binaries]:
    return [
        Binaries(postgres.parent, int(postgres.parents[1].name))
        for postgres in SYSTEM_FOLDER.glob("*/bin/postgres")
        if int(postgres.parents[1].name) >= OLDEST_SUPPORTED
    ]


def _install() -> None:
    """Quietly: without it the bundled version serves."""
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        install = [apt, "install", "-y", "-q", "--no-install-recommends", "postgresql-15"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(install, env=quiet, capture_output=True, check=False)


def _initialise(home: Path, account: Account, programs: Binaries) -> None:
    password_file = home / "password"
    password_file.write_text(PASSWORD)
    account.own(password_file, 0o600)
    _must(
        account,
        programs.program("initdb"),
        f"--pgdata={home / 'data'}",
        "--username=admin",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    with (home / "data" / "postgresql.conf").open("a") as file:
        # Its content is thrown away after the test.
        file.write(f"\nunix_socket_directories = '{home}'\nfsync = off\n")
    single = ["--single", "-D", str(home / "data"), "template1"]
    _must(account, programs.program("postgres"), *single, text_in=ROLES)


def _control(home: Path, account: Account, programs: Binaries, *arguments: str) -> None:
    _must(account, programs.program("pg_ctl"), "-w", "-D", str(home / "data"), *arguments)


def _must(account: Account, program: Path, *arguments: str, text_in: str = "") -> None:
    outcome = command.run(account, program, arguments, text_in)
    if not outcome.succeeded or "ERROR:" in outcome.output:
        raise RuntimeError(f"{program.name} failed: {outcome.output}")
