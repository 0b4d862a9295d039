"""A PostgreSQL of the rehearsal's own, to be treated as no server should be."""

import os
import signal
from pathlib import Path

from crossdock.engine.postgres import (
    EmbeddedPostgres,
    command,
    initialise,
    location,
    postmaster,
    settings,
)
from crossdock.engine.postgres.account import server_account
from crossdock.engine.postgres.binaries import usable_binaries
from crossdock.engine.postgres.location import Location

AUTO_CONF = "postgresql.auto.conf"
ACCESS = "pg_hba.conf"
STOP_SECONDS = "30"


class Server:
    """One cluster; `start` also brings back what was killed."""

    def __init__(self, data_dir: Path) -> None:
        self.cluster = EmbeddedPostgres(data_dir)
        self._wanted = data_dir.absolute()

    @property
    def where(self) -> Location:
        return location.find(self._wanted)

    @property
    def socket(self) -> Path:
        return self.where.socket_folder() / location.SOCKET_NAME

    @property
    def pid(self) -> int:
        """Of the postmaster. Raises ProcessLookupError when there is none."""
        found = postmaster.read_pid_file(self.where)
        if found is None:
            raise ProcessLookupError(f"no server runs on {self._wanted}")
        return found.pid

    def start(self) -> str:
        """Returns the URL of the owner. Raises PostgresUnavailable."""
        return self.cluster.start()

    def stop_at_once(self) -> None:
        """Immediate mode: sessions are broken off, nothing is written; the next start recovers."""
        self.control("stop", "-m", "immediate", "-t", STOP_SECONDS)

    def kill(self) -> None:
        """−9 for the postmaster; its sessions find out by themselves."""
        os.kill(self.pid, signal.SIGKILL)

    def control(self, *words: str) -> None:
        """One `pg_ctl` command. Raises RuntimeError with its own words."""
        self.program("pg_ctl", words[0], "-w", "-s", "-D", self.where.data, *words[1:])

    def program(self, name: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs under the server's account. Raises RuntimeError."""
        account = server_account(self.where.data)
        programs = usable_binaries(account, location.BINARIES_FOLDER)
        outcome = command.run(account, programs.program(name), arguments)
        if not outcome.succeeded:
            raise RuntimeError(f"{name} {arguments[0]} failed: {outcome.output.strip()}")

    def configure(self, **values: str) -> None:
        """Settings that win over the embedded server's own; some need a start or a reload."""
        with (self.where.data / AUTO_CONF).open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in values.items())

    def reload(self) -> None:
        """Let settings take effect that need no start."""
        self.program("pg_ctl", "reload", "-s", "-D", self.where.data)

    def admit(self, network: str, databases: str = "all") -> None:
        """Let hosts of that network in, with the password."""
        with (self.where.data / ACCESS).open("a", encoding="utf-8") as file:
            file.write(f"host {databases} all {network} scram-sha-256\n")

    def standby(self, data_dir: Path, primary: str) -> "Server":
        """Copy this running server, and start the copy as its standby.

        `primary`: the connection string by which the standby follows.
        """
        account = server_account(self.where.data)
        place = location.choose(data_dir.absolute(), account)
        place.data.mkdir(exist_ok=True)
        account.own(place.data, 0o700)
        words = (
            f"host={self.where.socket_folder()} user={initialise.OWNER} password={self.password}"
        )
        self.program("pg_basebackup", "-D", place.data, "-d", words, "-c", "fast")
        copy = Server(data_dir)
        copy._follow(primary, self.password)
        return copy

    @property
    def password(self) -> str:
        return self.where.password_file.read_text(encoding="utf-8")

    def _follow(self, primary: str, password: str) -> None:
        place, account = self.where, server_account(self.where.data)
        folder = place.socket_folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        account.own(folder, 0o700)
        place.password_file.touch(mode=0o600)
        place.password_file.write_text(password, encoding="utf-8")
        (place.data / settings.FILE_NAME).write_text(settings.settings_text(folder), "utf-8")
        signal_file = place.data / "standby.signal"
        signal_file.touch()
        account.own(signal_file, 0o600)
        self.configure(primary_conninfo=primary)
        self.control("start", "-l", str(place.data / postmaster.STARTUP_LOG))

    def promote(self) -> None:
        """Make a standby the primary; returns when it takes writes."""
        self.control("promote")

    def remove(self) -> None:
        self.cluster.remove()
