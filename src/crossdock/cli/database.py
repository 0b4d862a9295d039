"""`crossdock database …`: the embedded PostgreSQL."""

import os
from urllib.parse import urlsplit

import typer

from crossdock.bootstrap import DATABASE_VARIABLE, database_url, home
from crossdock.cli.errors import Refused
from crossdock.cli.options import Json
from crossdock.cli.output import facts, plain, print_json, show
from crossdock.engine.postgres import EmbeddedPostgres

app = typer.Typer(
    no_args_is_help=True,
    help="The database of this deployment: where it is, and starting and stopping an embedded one.",
)


@app.command()
def where(json: Json = False) -> None:
    """Say which database is used. The password is not printed.

    Example:

      crossdock database where
    """
    given = os.environ.get(DATABASE_VARIABLE)
    if given:
        parts = urlsplit(database_url())
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        known = {"kind": "your own", "url": shown, "running": True}
    else:
        cluster = EmbeddedPostgres(home() / "postgres")
        known = {"kind": "embedded", "url": str(home() / "postgres"), "running": cluster.running}
    if json:
        print_json(known)
        return
    running = plain("not asked" if given else "yes" if known["running"] else "no")
    show(facts([("kind", plain(known["kind"])), ("at", plain(known["url"])), ("running", running)]))


@app.command()
def start() -> None:
    """Start the embedded PostgreSQL when it does not run, and leave it running.

    Example:

      crossdock database start
    """
    _require_embedded()
    database_url()
    typer.echo(f"runs in {home() / 'postgres'}")


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL. Workers that use it wait until it is back.

    Example:

      crossdock database stop
    """
    _require_embedded()
    EmbeddedPostgres(home() / "postgres").stop()
    typer.echo("stopped; nothing is lost, `crossdock database start` brings it back")


def _require_embedded() -> None:
    if os.environ.get(DATABASE_VARIABLE):
        raise Refused(
            f"{DATABASE_VARIABLE} names a database of your own: "
            "start and stop it with its own tools"
        )
