"""Make a new, empty cluster: complete, or not there at all."""

import secrets
import shutil
from pathlib import Path

from crossdock.engine.postgres import command, settings
from crossdock.engine.postgres.account import Account
from crossdock.engine.postgres.binaries import Binaries
from crossdock.engine.postgres.errors import PostgresUnavailable
from crossdock.engine.postgres.location import Location

OWNER = "crossdock"
DATABASE = "crossdock"
CREATE_DATABASE = "CREATE DATABASE crossdock;\n"
PASSWORD_BYTES = 32
VERSION_FILE = "PG_VERSION"


def initialise(location: Location, account: Account, binaries: Binaries) -> None:
    """Build the cluster aside, then rename it into place.

    The locale is PostgreSQL's own C.UTF-8: the same order of texts on every machine.
    Raises PostgresUnavailable with the program's own words when it fails.
    """
    shutil.rmtree(location.building, ignore_errors=True)
    location.building.mkdir(mode=0o700)
    account.own(location.building, 0o700)
    _write_password(location.password_file, account)
    _run_initdb(location, account, binaries)
    with (location.building / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude_if_exists = '{settings.FILE_NAME}'\n")
    _create_database(location, account, binaries)
    if location.data.is_dir():
        location.data.rmdir()  # an empty folder the user made; anything else is refused
    location.building.rename(location.data)


def require_version(location: Location, binaries: Binaries) -> None:
    """Raise PostgresUnavailable when another major version wrote the data."""
    written_by = (location.data / VERSION_FILE).read_text(encoding="utf-8").strip()
    if written_by != str(binaries.major_version):
        raise PostgresUnavailable(
            f"{location.data} was written by PostgreSQL {written_by}; "
            f"the installed one is {binaries.major_version}.",
            "export with the Crossdock version that wrote it (pg_dump) and import here.",
        )


def _write_password(file: Path, account: Account) -> None:
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(secrets.token_urlsafe(PASSWORD_BYTES), encoding="utf-8")
    account.own(file, 0o600)


def _run_initdb(location: Location, account: Account, binaries: Binaries) -> None:
    outcome = command.run(
        account,
        binaries.program("initdb"),
        [
            f"--pgdata={location.building}",
            f"--username={OWNER}",
            f"--pwfile={location.password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ],
    )
    if not outcome.succeeded:
        raise _failed("initdb", outcome.output, location)


def _create_database(location: Location, account: Account, binaries: Binaries) -> None:
    """In single-user mode: no server is reachable before it is complete."""
    outcome = command.run(
        account,
        binaries.program("postgres"),
        ["--single", "-D", location.building, "template1"],
        text_in=CREATE_DATABASE,
    )
    if not outcome.succeeded or "ERROR:" in outcome.output:
        raise _failed("creating the database", outcome.output, location)


def _failed(step: str, output: str, location: Location) -> PostgresUnavailable:
    return PostgresUnavailable(
        f"{step} failed in {location.building}: {output.strip()[-800:]}",
        "check free space and permissions there, or set CROSSDOCK_DATABASE_URL.",
    )
