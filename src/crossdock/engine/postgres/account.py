"""The operating-system account the server runs under.

PostgreSQL refuses to run as root, and `initdb` refuses a user id that has no passwd entry
("could not look up effective user ID"), so a fresh numeric id is no way out. As root we
therefore use an account that exists, in this order: `crossdock` (create it for full
separation), `postgres` (`_postgres` on macOS), `nobody`. No account is ever created here.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from crossdock.engine.postgres.errors import PostgresUnavailable

UNPRIVILEGED_NAMES = ("crossdock", "postgres", "_postgres", "nobody")

EVERYONE_MAY_ENTER = 0o001
GROUP_MAY_ENTER = 0o010
OWNER_MAY_ENTER = 0o100


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group id; `switched` says that it is not the caller's own."""

    uid: int
    gid: int
    switched: bool

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may walk down to `folder` (which exists)."""
        resolved = folder.resolve()
        return not self.switched or all(
            self._may_pass(step) for step in (resolved, *resolved.parents)
        )

    def _may_pass(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & OWNER_MAY_ENTER)
        if status.st_gid == self.gid:
            return bool(status.st_mode & GROUP_MAY_ENTER)
        return bool(status.st_mode & EVERYONE_MAY_ENTER)

    def own(self, path: Path, mode: int) -> None:
        """Hand `path` to this account with exactly `mode`."""
        path.chmod(mode)
        if self.switched:
            os.chown(path, self.uid, self.gid)


def server_account(data: Path) -> Account:
    """Our own account, or, as root, the one that owns `data`, or the first unprivileged one.

    Raises PostgresUnavailable when root finds none.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switched=False)
    if data.is_dir() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid, switched=True)
    for name in UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, switched=True)
    raise PostgresUnavailable(
        "PostgreSQL does not run as root and no unprivileged account was found.",
        "create a system account named crossdock, run as another user, "
        "or set CROSSDOCK_DATABASE_URL.",
    )
