"""The file of a backup: a zip with one member per table and a manifest that vouches for them."""

import hashlib
import json
import lzma
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20
"""Bytes read at a time."""
MANIFEST_BYTES_MAX = 10_000_000
NOT_OURS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, EOFError, NotImplementedError,
    RuntimeError,
)  # fmt: skip
"""What `zipfile` raises for what we never wrote: damage, encryption, other methods."""
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
    at: AwareDatetime
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
            form = _FORM.validate_json(text).format
            if form != FORMAT:
                raise BadBackup(f"format {form} is not known here: use a newer Crossdock")
            return _MANIFEST.validate_json(text)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, wrong["loc"]))
            raise BadBackup(f"its manifest cannot be read: {where} {wrong['msg']}") from error


@dataclass(frozen=True, slots=True)
class _Form:
    """Of any manifest."""

    format: int


_FORM = TypeAdapter(_Form)
_MANIFEST = TypeAdapter(BackupManifest)


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
            size = self._zip.getinfo(MANIFEST).file_size
            if size > MANIFEST_BYTES_MAX:
                raise BadBackup(f"{path} is no backup of Crossdock: a manifest of {size} bytes")
            text = self._zip.read(MANIFEST)
        except NOT_OURS as error:
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
        except NOT_OURS as error:
            raise BadBackup(f"the table {table} is damaged: {error}") from error

    def check(self) -> None:
        """Read all of it. Raises BadBackup naming the table that is not as it was written."""
        for table in self.manifest.tables:
            found = Counted().all(self.pieces(table.name))
            if (found.rows, found.sha256) != (table.rows, table.sha256):
                raise BadBackup(f"the table {table.name} is not as it was written: use another")


class BackupWriter:
    """A backup that is written: beside its place, which it takes when it is complete.

    Two that are written to one place at once know nothing of each other; the first to be complete
    takes it. Raises FileExistsError when the place is taken, at the beginning or meanwhile.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise _taken(path)
        own = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._path, self._partial = path, path.with_name(f".{path.name}.{own}.partial")
        opened = os.open(self._partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY)
        self._file = os.fdopen(opened, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    def write(self, table: str, pieces: Iterable[bytes]) -> None:
        with self._zip.open(member(table), "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)

    def finish(self, manifest: BackupManifest) -> None:
        """Complete it: on the disk before it has its name, and its name on the disk."""
        self._zip.writestr(MANIFEST, manifest.to_bytes())
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        _name(self._partial, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def give_up(self) -> None:
        """Leave nothing behind, also where the disk is full: what is in hand is thrown away."""
        self._zip.fp = None
        with suppress(OSError):
            self._file.close()
        self._partial.unlink(missing_ok=True)


def _name(partial: Path, path: Path) -> None:
    """Give a complete file its name, unless another has it. Raises FileExistsError, OSError."""
    try:
        os.link(partial, path)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError:
        _rename(partial, path)
    else:
        partial.unlink()


def _rename(partial: Path, path: Path) -> None:
    """On a file system without links: the name is taken first, by nothing."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    except FileExistsError as error:
        raise _taken(path) from error
    partial.replace(path)


def _taken(path: Path) -> FileExistsError:
    return FileExistsError(f"{path} exists: a backup overwrites nothing, name another file")


def member(table: str) -> str:
    """The name of a table's member."""
    return f"tables/{table}.copy"
