"""`crossdock backup` and `crossdock restore`"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from crossdock.bootstrap import database_url
from crossdock.cli.errors import Refused
from crossdock.cli.options import Json, Yes
from crossdock.cli.output import confirm, counted, facts, plain, print_json, show, stamp
from crossdock.cli.session import open_store, whoami
from crossdock.engine.store import Store
from crossdock.ops.backup import back_up, place_of
from crossdock.ops.backup_file import BackupManifest, BackupReader
from crossdock.ops.restore import Restored, require_revision
from crossdock.ops.restore import restore as put_back

Target = Annotated[
    Path, typer.Argument(metavar="FILE|DIR", help="The file to write; in a folder, one by the time")
]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="A backup that `backup` wrote.")]


def backup(target: Target, json: Json = False) -> None:
    """Write the whole ledger, as of one moment, into one file, while everything runs on.

    Every table with its rows, their number and their SHA-256. Secrets are not in it; customers'
    data are, so that only you may read the file.

    Examples:

      crossdock backup /var/backups/crossdock

      crossdock backup before-upgrade.zip
    """
    with open_store() as store:
        now = store.clock().now()
        try:
            made = back_up(store, place_of(target, now), now)
        except OSError as error:
            raise Refused(f"no backup was written: {error}") from error
    if json:
        print_json({"file": str(made.path), "bytes": made.size, **_plain(made.manifest)})
        return
    show(facts([("written", plain(made.path)), ("bytes", plain(f"{made.size:,}")),
                *_about(made.manifest)]))  # fmt: skip


def restore(source: Source, yes: Yes = False, json: Json = False) -> None:
    """Put a backup into an empty database, and prepare the re-sync with the world.

    Says what it will do and asks first. Then start the workers: they read every system again, look
    for each effect that may stand there before they send it, and repeat none. `crossdock status`
    says when they have caught up.

    Examples:

      crossdock restore crossdock-20261121T170000Z.zip

      CROSSDOCK_DATABASE_URL=postgresql://owner@db/new crossdock restore backup.zip --yes
    """
    opened = BackupReader(source)
    require_revision(opened.manifest)
    confirm("Restore it?", _plan(opened.manifest), yes=yes)
    url = database_url()
    try:
        done = put_back(url, opened, whoami(), lambda: _now(url))
    finally:
        opened.close()
    if json:
        print_json(_told(done))
        return
    show(facts([*_stages(done), *_doubts(done)]))


def _now(url: str) -> datetime:
    with Store(url, size=1, name="crossdock restore") as store:
        return store.clock().now()


def _about(manifest: BackupManifest) -> list[tuple[str, RenderableType]]:
    rows = f"{counted(manifest.rows, 'row')} in {counted(len(manifest.tables), 'table')}"
    return [
        ("as of", stamp(manifest.at)),
        ("holds", plain(rows)),
        ("schema", plain(f"revision {manifest.revision}, Crossdock {manifest.crossdock}")),
        ("digest", plain(manifest.digest)),
    ]


def _plan(manifest: BackupManifest) -> list[RenderableType]:
    steps = (
        "1. check every table of the file against its digest",
        "2. make the schema in the database, which must be empty",
        "3. put every row in, in one transaction, and compare what then stands there",
        "4. begin all numbers far ahead, so that no worker of before can write any more",
        "5. doubt every effect that was open: it is looked for before it is sent, or a person's",
        "6. have every system read again from the backup on; nothing is decided before",
    )
    return [facts(_about(manifest)), *map(plain, steps)]


def _stages(done: Restored) -> list[tuple[str, RenderableType]]:
    stages = {**{n: t.total_seconds() for n, t in done.stages.items()}, "in all": done.seconds}
    return [(name, plain(f"{seconds / 60:.2f} min")) for name, seconds in stages.items()]


def _doubts(done: Restored) -> list[tuple[str, RenderableType]]:
    assert done.in_doubt is not None
    return [
        ("epoch", plain(done.epoch)),
        ("in doubt", plain(counted(done.in_doubt.effects, "effect"))),
        ("in line again", plain(counted(done.in_doubt.messages, "message"))),
        ("to be swept", plain(counted(done.in_doubt.streams, "stream"))),
        ("next", plain("start the workers; `crossdock status` says when they have caught up")),
    ]


def _plain(manifest: BackupManifest) -> dict[str, object]:
    return {
        "at": manifest.at, "rows": manifest.rows, "tables": len(manifest.tables),
        "revision": manifest.revision, "crossdock": manifest.crossdock, "epoch": manifest.epoch,
        "digest": manifest.digest,
    }  # fmt: skip


def _told(done: Restored) -> dict[str, object]:
    minutes = {name: round(t.total_seconds() / 60, 4) for name, t in done.stages.items()}
    return {
        "backup": _plain(done.manifest), "epoch": done.epoch, "minutes": minutes,
        "in_doubt": done.in_doubt,
    }  # fmt: skip
