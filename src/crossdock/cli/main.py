"""The command line's front door: every group of commands is put together here."""

from importlib.metadata import version
from typing import Annotated

import typer

from crossdock.cli import (
    audit,
    backup,
    close,
    companies,
    connections,
    database,
    events,
    holds,
    keys,
    mappings,
    messages,
    migrate,
    orders,
    ownership,
    replay,
    schema,
    sim,
    sim_crashes,
    sim_losses,
    status,
    stock,
    stock_backtest,
    up,
    worker,
)
from crossdock.cli.errors import EXIT_CODES, CrossdockGroup

_CODES = " · ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())

sim.app.command()(sim_crashes.crashes)
sim.app.command()(sim_losses.losses)
stock.app.command()(stock_backtest.backtest)

app = typer.Typer(
    name="crossdock",
    cls=CrossdockGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "The integration layer of a distributor that runs Odoo.\n\n"
        "Start everything on this machine with [bold]crossdock up[/], look at it with "
        "[bold]crossdock status[/], and clear what is held with [bold]crossdock holds list[/].\n\n"
        "The database is CROSSDOCK_DATABASE_URL; without it an embedded PostgreSQL in "
        "CROSSDOCK_HOME (./.crossdock) is started."
    ),
    epilog=f"Exit codes: {_CODES}.",
)

for command in (
    up.up, worker.worker, migrate.migrate, status.status, close.close, replay.replay,
    backup.backup, backup.restore,
):  # fmt: skip
    app.command(rich_help_panel="Run and look")(command)
for name, group in {
    "orders": orders.app,
    "holds": holds.app,
    "messages": messages.app,
    "events": events.app,
    "stock": stock.app,
    "map": mappings.app,
}.items():
    app.add_typer(group, name=name, rich_help_panel="Day to day")
for name, group in {
    "connections": connections.app,
    "keys": keys.app,
    "companies": companies.app,
    "ownership": ownership.app,
    "schema": schema.app,
    "audit": audit.app,
    "database": database.app,
    "sim": sim.app,
}.items():
    app.add_typer(group, name=name, rich_help_panel="Set up and govern")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("crossdock"))
        raise typer.Exit


@app.callback()
def crossdock(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The options that stand before a command."""


if __name__ == "__main__":
    app()
