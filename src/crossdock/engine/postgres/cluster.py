"""One embedded PostgreSQL: start it or attach to it, stop it, remove it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from crossdock.engine.postgres import initialise, location, lock, postmaster, settings
from crossdock.engine.postgres.account import Account, server_account
from crossdock.engine.postgres.binaries import Binaries, usable_binaries
from crossdock.engine.postgres.errors import PostgresUnavailable
from crossdock.engine.postgres.location import Location
from crossdock.engine.postgres.postmaster import PidFile

LOCK_SECONDS_MAX = postmaster.START_SECONDS_MAX + 60


class EmbeddedPostgres:
    """The cluster at `data_dir`; many processes may hold one of these for the same folder.

    The server belongs to none of them: it ends by `stop()` only. It listens on a socket in a
    0700 folder beside the data and asks for a password (scram-sha-256).
    """

    def __init__(self, data_dir: Path) -> None:
        self._wanted = data_dir.absolute()
        self._started_here = False

    @property
    def running(self) -> bool:
        """Whether the server accepts connections now."""
        return self._answering() is not None

    @property
    def url(self) -> str:
        """The database URL of the owner (a superuser), for psycopg and SQLAlchemy alike.

        Raises PostgresUnavailable when the server does not run.
        """
        pid_file = self._answering()
        if pid_file is None:
            raise PostgresUnavailable(f"No server runs on {self._wanted}.", "start it first.")
        password = self._location().password_file.read_text(encoding="utf-8")
        host = quote(str(pid_file.socket_folder), safe="")
        return (
            f"postgresql://{initialise.OWNER}:{password}@/{initialise.DATABASE}"
            f"?host={host}&port=5432"
        )

    def start(self) -> str:
        """Attach to the running server, or start it (making the cluster first), and return `url`.

        Safe to call from many processes at once. Recovers after a crash of the server.
        Raises PostgresUnavailable.
        """
        if not self.running:
            try:
                self._start_alone()
            except OSError as error:
                raise PostgresUnavailable(
                    f"Cannot use {self._wanted}: {error}.",
                    "choose a folder this user may write to, or set CROSSDOCK_DATABASE_URL.",
                ) from error
        return self.url

    def stop(self) -> None:
        """Stop the server, whoever started it; nothing happens when none runs."""
        if not self._wanted.is_dir():
            return
        with lock.exclusive(location.lock_file(self._wanted), LOCK_SECONDS_MAX):
            found = self._location()
            postmaster.stop(found, *self._means(found))
        self._started_here = False

    def remove(self) -> None:
        """Stop the server and delete the cluster with all its data."""
        self.stop()
        found = self._location()
        for folder in found.folders():
            shutil.rmtree(folder, ignore_errors=True)
        for file in found.files():
            file.unlink(missing_ok=True)
        if self._wanted.is_symlink():
            self._wanted.unlink()
            found.data.parent.rmdir()

    @classmethod
    @contextmanager
    def throw_away(cls, data_dir: Path) -> Iterator[Self]:
        """A running cluster that lasts as long as the block and is removed with its data.

        However the block ends, and when it was interrupted while it was still being made.
        Raises PostgresUnavailable when something is at `data_dir` already: that is somebody's.
        """
        if data_dir.is_symlink() or data_dir.exists():
            raise PostgresUnavailable(
                f"{data_dir} is there already and is not removed.",
                "give a path at which nothing is.",
            )
        server = cls(data_dir)
        try:
            server.start()
            yield server
        finally:
            server.remove()

    @property
    def died(self) -> bool:
        """Whether the server ended without being stopped: it was killed, or its machine was.

        A server that was stopped, or that is being started, did not die.
        """
        return postmaster.died(self._location())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server when this object started it; leave an attached one alone."""
        if self._started_here:
            self.stop()

    def _start_alone(self) -> None:
        self._wanted.parent.mkdir(parents=True, exist_ok=True)
        with lock.exclusive(location.lock_file(self._wanted), LOCK_SECONDS_MAX):
            if self.running:
                return
            account = server_account(self._wanted)
            chosen = location.choose(self._wanted, account)
            binaries = usable_binaries(account, location.BINARIES_FOLDER)
            if not (chosen.data / initialise.VERSION_FILE).exists():
                initialise.initialise(chosen, account, binaries)
            initialise.require_version(chosen, binaries)
            _write_settings(chosen, account)
            postmaster.start(chosen, account, binaries)
            self._started_here = True

    def _location(self) -> Location:
        return location.find(self._wanted)

    def _answering(self) -> PidFile | None:
        try:
            return postmaster.answering(self._location())
        except PermissionError as error:
            raise PostgresUnavailable(
                f"{self._wanted} belongs to another user.",
                "run as the user who made it, or use another folder.",
            ) from error

    def _means(self, found: Location) -> tuple[Account, Binaries]:
        account = server_account(found.data)
        return account, usable_binaries(account, location.BINARIES_FOLDER)


def _write_settings(chosen: Location, account: Account) -> None:
    socket_folder = chosen.socket_folder()
    socket_folder.mkdir(mode=0o700, exist_ok=True)
    account.own(socket_folder, 0o700)
    file = chosen.data / settings.FILE_NAME
    file.write_text(settings.settings_text(socket_folder), encoding="utf-8")
    account.own(file, 0o600)
