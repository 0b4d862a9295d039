"""`crossdock up`"""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from crossdock.bootstrap import DATABASE_VARIABLE, database_url, home
from crossdock.cli.children import Children, Command
from crossdock.cli.migrate import FIRST_COMPANY, prepare_database
from crossdock.cli.options import PUBLIC_URL_VARIABLE, Host, Port, PublicUrl
from crossdock.cli.server_watch import ServerWatch
from crossdock.cli.taken_port import require_free
from crossdock.engine.postgres import EmbeddedPostgres
from crossdock.ops.logs import LogFormat, configure_logs


def up(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    workers: Annotated[int, typer.Option(min=0, help="How many workers to run.")] = 1,
    company: Annotated[
        str, typer.Option(help="Name of company 1, made when there is none.")
    ] = FIRST_COMPANY[2],
    public_url: PublicUrl = "",
    logs: Annotated[LogFormat, typer.Option(help="Shape of the logs.")] = LogFormat.CONSOLE,
) -> None:
    """Run everything on this machine: database, migration, API and workers.

    One process group; Ctrl-C or SIGTERM ends all of it, each part after the step it has in hand.
    A part that ends by itself is started again, and an embedded PostgreSQL that was killed. One
    that this command started is stopped last; one that ran before is left running. On Linux API
    and workers end too when this command itself is killed.

    Examples:

      crossdock up

      crossdock up --port 9000 --workers 2

      crossdock up --public-url https://orders.example.com

      CROSSDOCK_DATABASE_URL=postgresql://crossdock@db/crossdock crossdock up --host 0.0.0.0
    """
    configure_logs(logs)
    require_free(host, port)
    embedded = EmbeddedPostgres(home() / "postgres")
    ours = DATABASE_VARIABLE not in os.environ
    with embedded if ours else contextlib.nullcontext():
        url = database_url()
        prepare_database(url, company)
        given = {**os.environ, DATABASE_VARIABLE: url, PUBLIC_URL_VARIABLE: public_url}
        children = Children(given, ServerWatch(embedded).look) if ours else Children(given)
        _stop_on_signal(children)
        typer.echo(f"API on http://{host}:{port}, {workers} worker(s); Ctrl-C ends it", err=True)
        code = children.run(_commands(host, port, workers, logs))
    raise typer.Exit(code)


def _commands(host: str, port: int, workers: int, logs: LogFormat) -> list[Command]:
    serve = (sys.executable, "-m", "crossdock.api.server", "--host", host, "--port", str(port))
    work = (sys.executable, "-m", "crossdock.cli", "worker", "--logs", logs.value)
    return [
        Command("api", serve),
        *(
            Command(f"worker {number}", (*work, "--name", f"up{number}"))
            for number in range(1, workers + 1)
        ),
    ]


def _stop_on_signal(children: Children) -> None:
    def ask(_number: int, _frame: FrameType | None) -> None:
        children.stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
