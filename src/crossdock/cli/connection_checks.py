"""`crossdock connections check` and `maintain`"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from crossdock.bootstrap import factory_of
from crossdock.cli.errors import NOT_WELL
from crossdock.cli.options import Json
from crossdock.cli.output import nothing, plain, print_json, short, show, state, table
from crossdock.cli.session import open_store
from crossdock.engine.registry import UnknownConnection
from crossdock.engine.store import Transaction
from crossdock.governance.connections import ConfiguredConnection, list_connections
from crossdock.ops.connection_check import Examined, check_connection, maintain_connection

OneName = Annotated[str, typer.Argument(metavar="[NAME]", help="One connection; without it, all.")]


def check(name: OneName = "", json: Json = False) -> None:
    """Examine connections: rights, features, key expiry, clock, subscriptions.

    Exits with 1 when something failed.

    Examples:

      crossdock connections check

      crossdock connections check odoo --json
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            wanted = wanted_connections(tx, name)
            known = [c.name for c in list_connections(tx)]
        _report([check_connection(c, factory_of, now, known) for c in wanted], json=json)


def maintain(
    name: OneName = "",
    public_url: Annotated[
        str,
        typer.Option(
            "--url", envvar="CROSSDOCK_PUBLIC_URL", help="Where outside systems reach us."
        ),
    ] = "http://127.0.0.1:8080",
    json: Json = False,
) -> None:
    """Let connectors do their upkeep: arm webhooks at our address, renew what expires.

    Example:

      crossdock connections maintain shop --url https://orders.example.com
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            wanted = wanted_connections(tx, name)
        found = [
            maintain_connection(c, factory_of, now, f"{public_url.rstrip('/')}/hooks/{c.name}")
            for c in wanted
        ]
        _report(found, json=json)


def find_connection(tx: Transaction, name: str) -> ConfiguredConnection:
    """Raises UnknownConnection naming those there are."""
    known = list_connections(tx)
    found = next((c for c in known if c.name == name), None)
    if found is None:
        raise UnknownConnection(name, [c.name for c in known])
    return found


def wanted_connections(tx: Transaction, name: str) -> list[ConfiguredConnection]:
    """The one that was named, or all. Raises UnknownConnection."""
    return [find_connection(tx, name)] if name else list_connections(tx)


def _report(found: Sequence[Examined], *, json: bool) -> None:
    if json:
        print_json([_plain(e) for e in found])
    elif not found:
        show(nothing("no connections yet: `crossdock connections add --help`"))
    else:
        show(*(part for e in found for part in _rendered(e)))
    if any(e.failed for e in found):
        raise typer.Exit(NOT_WELL)


def _plain(examined: Examined) -> Mapping[str, object]:
    return {
        "connection": examined.connection,
        "system": examined.system,
        "failed": examined.failed,
        "results": examined.results,
    }


def _rendered(examined: Examined) -> list[RenderableType]:
    grid = table(short("", width=8), short(""), ("", {"ratio": 1, "overflow": "fold"}))
    grid.show_header = False
    for r in examined.results:
        words = Text(r.finding)
        if r.remedy:
            words.append(f"\n→ {r.remedy}", style="green")
        grid.add_row(state(r.verdict), plain(r.name), words)
    head = Text.assemble((examined.connection, "bold"), (f"  {examined.system}", "dim"))
    return [head, grid, Text()]
