"""Where a cluster lives: its data folder and, beside it, its lock, password and socket.

As root the server runs under another account. When that account can reach the wanted folder
the data goes there; otherwise it goes to /var/lib/crossdock and the wanted path becomes a
link to it. No folder of root's is ever opened for others.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crossdock.engine.postgres.account import Account
from crossdock.engine.postgres.errors import PostgresUnavailable

SHARED_FOLDER = Path("/var/lib/crossdock")
BINARIES_FOLDER = SHARED_FOLDER / "binaries"
CLUSTERS_FOLDER = SHARED_FOLDER / "clusters"
PASS_THROUGH = 0o711
# A socket's path may have 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_BYTES_MAX = 103
SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Location:
    """The paths of one cluster; all are siblings of the data folder."""

    data: Path

    def _beside(self, suffix: str) -> Path:
        return self.data.with_name(self.data.name + suffix)

    @property
    def password_file(self) -> Path:
        """The generated password, readable by the account that runs Crossdock only."""
        return self._beside(".password")

    @property
    def building(self) -> Path:
        """A cluster under construction: renamed to `data` when it is complete."""
        return self._beside(".building")

    @property
    def owner_note(self) -> Path:
        """Which wanted path a relocated cluster belongs to."""
        return self._beside(".belongs-to")

    @property
    def short_socket_note(self) -> Path:
        """Names the socket folder when a sibling's path would be too long."""
        return self._beside(".socket-path")

    @property
    def sibling_socket_folder(self) -> Path:
        """The usual socket folder."""
        return self._beside(".socket")

    def socket_folder(self) -> Path:
        """The folder of the socket: a sibling, or a short one when its path would not fit."""
        sibling = self.sibling_socket_folder
        if len(bytes(sibling / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return sibling
        if self.short_socket_note.exists():
            return Path(self.short_socket_note.read_text(encoding="utf-8").strip())
        short = Path(tempfile.mkdtemp(prefix="crossdock-", dir="/tmp"))
        self.short_socket_note.write_text(f"{short}\n", encoding="utf-8")
        return short

    def files(self) -> list[Path]:
        """The files beside the data folder."""
        return [self.password_file, self.short_socket_note, self.owner_note]

    def folders(self) -> list[Path]:
        """The data folder and the folders that belong to it."""
        return [self.socket_folder(), self.sibling_socket_folder, self.building, self.data]


def lock_file(wanted: Path) -> Path:
    """The lock of the cluster wanted at this path: always beside the wanted path itself."""
    return wanted.with_name(wanted.name + ".lock")


def find(wanted: Path) -> Location:
    """The location of an existing cluster, following the link of a relocated one.

    Raises PostgresUnavailable when the link was copied or moved from another place.
    """
    location = Location(wanted.resolve())
    if wanted.is_symlink() and location.owner_note.exists():
        owner = location.owner_note.read_text(encoding="utf-8").strip()
        if owner != str(wanted):
            raise PostgresUnavailable(
                f"The data behind {wanted} belongs to {owner}.",
                f"if the folder was moved, write its new path into {location.owner_note}; "
                f"if it was copied, delete the link {wanted}.",
            )
    return location


def choose(wanted: Path, account: Account) -> Location:
    """The location for a cluster that `account` can reach; makes the link when it must."""
    if wanted.is_symlink() and not wanted.resolve().parent.is_dir():
        wanted.unlink()  # its target was deleted by hand
    if wanted.is_symlink() or account.can_enter(wanted.parent):
        return find(wanted)
    for folder in (SHARED_FOLDER, CLUSTERS_FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    home = Path(tempfile.mkdtemp(dir=CLUSTERS_FOLDER))
    home.chmod(PASS_THROUGH)
    relocated = Location(home / "data")
    relocated.owner_note.write_text(f"{wanted}\n", encoding="utf-8")
    wanted.symlink_to(relocated.data)
    return relocated
