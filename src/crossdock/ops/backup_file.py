"""The file of a backup: a zip with one member per table and a manifest that vouches for them."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20
"""Bytes read at a time."""
OWNER_ONLY = 0o600
"""Customers' data are in it."""


class BadBackup(ValueError):
    """The file is no backup of ours, or not as it was written."""


@dataclass(frozen=True, slots=True)
class SavedTable:
    """What the manifest says of one table."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    """Of the rows in COPY's text form, ordered by primary key."""


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup holds."""

    crossdock: str
    """Version of the program that wrote it."""
    revision: str
    """Of the schema."""
    server: str
    """Version of the PostgreSQL it was read from."""
    at: datetime
    """Everything that was committed before this instant is in it."""
    epoch: int
    """How often the ledger had been restored before."""
    tables: tuple[SavedTable, ...]
    sequences: Mapping[str, int]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def rows_of(self, table: str) -> int:
        """Raises KeyError."""
        return {t.name: t.rows for t in self.tables}[table]

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), indent=1, default=datetime.isoformat).encode()

    @property
    def digest(self) -> str:
        """Names the backup: of the manifest, which holds the digests of all its tables."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, text: bytes) -> "BackupManifest":
        """Raises BadBackup."""
        try:
            read: dict[str, Any] = json.loads(text)
            if read["format"] != FORMAT:
                raise BadBackup(f"format {read['format']} is not known here: use a newer Crossdock")
            tables = [SavedTable(**{**t, "columns": tuple(t["columns"])}) for t in read["tables"]]
            at = datetime.fromisoformat(read["at"])
            return cls(**{**read, "tables": tuple(tables), "at": at})
        except (ValueError, KeyError, TypeError) as error:
            raise BadBackup(f"its manifest cannot be read: {error}") from error


@dataclass(slots=True)
class Counted:
    """Passes pieces on, and remembers what passed."""

    rows: int = 0
    size: int = 0
    _hash: Any = None

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._hash.update(piece)
            self.rows += piece.count(b"\n")
            self.size += len(piece)
            yield piece

    def all(self, pieces: Iterable[bytes]) -> "Counted":
        """As `passing`, to nobody."""
        for _ in self.passing(pieces):
            pass
        return self

    @property
    def sha256(self) -> str:
        digest: str = self._hash.hexdigest()
        return digest


class BackupReader:
    """A backup that is read. Raises BadBackup for a file that is none."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            text = self._zip.read(MANIFEST)
        except (zipfile.BadZipFile, KeyError) as error:
            raise BadBackup(f"{path} is no backup of Crossdock: {error}") from error
        except OSError as error:
            raise BadBackup(f"{path} cannot be read: {error.strerror}") from error
        self.manifest = BackupManifest.from_bytes(text)

    def close(self) -> None:
        self._zip.close()

    def pieces(self, table: str) -> Iterator[bytes]:
        """The rows of one table. Raises BadBackup where the file is damaged."""
        try:
            with self._zip.open(member(table)) as file:
                while piece := file.read(PIECE):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
            raise BadBackup(f"the table {table} is damaged: {error}") from error

    def check(self) -> None:
        """Read all of it. Raises BadBackup naming the table that is not as it was written."""
        for table in self.manifest.tables:
            found = Counted().all(self.pieces(table.name))
            if (found.rows, found.sha256) != (table.rows, table.sha256):
                raise BadBackup(f"the table {table.name} is not as it was written: use another")


class BackupWriter:
    """A backup that is written: beside its place, which it takes when it is complete.

    Raises FileExistsError when the place is taken.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise FileExistsError(f"{path} exists: a backup overwrites nothing, name another file")
        self._path, self._partial = path, path.with_name(f".{path.name}.partial")
        self._partial.unlink(missing_ok=True)
        opened = os.open(self._partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY)
        self._file = os.fdopen(opened, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    def write(self, table: str, pieces: Iterable[bytes]) -> None:
        with self._zip.open(member(table), "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)

    def finish(self, manifest: BackupManifest) -> None:
        """Complete it: on the disk before it has its name."""
        self._zip.writestr(MANIFEST, manifest.to_bytes())
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.rename(self._path)

    def give_up(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


def member(table: str) -> str:
    """The name of a table's member."""
    return f"tables/{table}.copy"
