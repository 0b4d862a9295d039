"""`crossdock connections …`"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from crossdock.bootstrap import factory_of, manifest_of
from crossdock.cli.connection_settings import described, merged, parse_secrets, parse_settings
from crossdock.cli.errors import NOT_WELL
from crossdock.cli.options import Company, Json, Why, Yes
from crossdock.cli.output import (
    confirm,
    facts,
    faint,
    nothing,
    plain,
    print_json,
    right,
    short,
    show,
    state,
    table,
)
from crossdock.cli.session import company_of, open_store, whoami
from crossdock.engine.channels import DELIVER, SWEEP
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import UnknownConnection
from crossdock.engine.store import Transaction
from crossdock.governance.audit import record_act
from crossdock.governance.connections import (
    ConfiguredConnection,
    add_connection,
    list_connections,
    pause_connection,
)
from crossdock.ops.connection_check import Examined, check_connection, maintain_connection

app = typer.Typer(no_args_is_help=True, help="Connections: the accounts of outside systems we use.")

NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
Name = Annotated[str, typer.Argument(help="The connection.")]
OneName = Annotated[str, typer.Argument(metavar="[NAME]", help="One connection; without it, all.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A short name: a-z, 0-9, _; part of URLs.")],
    system: Annotated[str, typer.Option("--system", "-s", help="Which connector: odoo, shopify …")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting.")
    ] = None,
    secrets: Annotated[
        list[str] | None,
        typer.Option(
            "--secret", metavar="NAME=REFERENCE",
            help="Where a secret is: env:VARIABLE or file:PATH. Twice: the newer one first.",
        ),
    ] = None,
    company: Company = None,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Add a connection, or change some settings of one that exists (the others stay).

    Secrets are never stored, only where they are. See `crossdock connections settings SYSTEM`
    for what can be set. Running workers use it after a restart.

    Examples:

      crossdock connections add odoo --system odoo --set url=https://demo.odoo.com
        --set database=demo --secret key=env:ODOO_KEY

      crossdock connections add shop --system shopify --set shop_url=https://demo.myshopify.com
        --secret api_secret=env:SHOP_SECRET --secret access_token=file:/run/secrets/shop_token
    """
    if not NAME.fullmatch(name):
        raise typer.BadParameter(
            "it is a-z, 0-9 and _, at most 31, a letter first", param_hint="NAME"
        )
    manifest = manifest_of(system)
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            before = next((c for c in list_connections(tx) if c.name == name), None)
            company_id = before.company_id if before else company_of(tx, company)
        given = merged(
            manifest, before, parse_settings(settings or []), parse_secrets(secrets or [])
        )
        if before and given.changes:
            head = plain(f"{name} exists. This will change:")
            confirm("Change it?", (head, Padding(given.change_list(), (0, 2))), yes=yes)
        with store.transaction() as tx:
            add_connection(
                tx, manifest, company_id=company_id, name=name, settings=given.settings,
                secrets=given.secrets, now=now,
            )  # fmt: skip
            detail = {"system": system, "changes": given.changes}
            deed = "change" if before else "add"
            _record(tx, deed, Changed(company_id, name), now, detail)
    done = "changed" if before else "added"
    typer.echo(f"{name} {done}; try it with `crossdock connections check {name}`")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the connections.

    Example:

      crossdock connections list
    """
    with open_store() as store, store.transaction() as tx:
        found = list_connections(tx)
    if json:
        print_json(found)
        return
    if not found:
        show(nothing("no connections yet: `crossdock connections add --help`"))
        return
    made = table(
        short("Name"), short("System"), right("Company"), right("Calls at once"), short("")
    )
    for c in found:
        made.add_row(
            plain(c.name), faint(c.system), plain(c.company_id), plain(c.concurrency_limit),
            state("paused" if c.paused else "active"),
        )  # fmt: skip
    show(made)


@app.command("show")
def show_(name: Name, json: Json = False) -> None:
    """One connection: its settings, and where its secrets are.

    Example:

      crossdock connections show shop
    """
    with open_store() as store, store.transaction() as tx:
        found = _find(tx, name)
    if json:
        print_json(found)
        return
    references = [(n, faint(", ".join(r))) for n, r in sorted(found.secrets.items())]
    settings = [(n, plain(v)) for n, v in sorted(found.settings.items())]
    show(
        Text.assemble(
            (found.name, "bold"), f"  {found.system}  ", state("paused" if found.paused else "")
        ),
        Text(),
        facts([*settings, *references]),
    )


@app.command()
def settings(
    system: Annotated[str, typer.Argument(help="A connector: odoo, shopify …")], json: Json = False
) -> None:
    """What a connector can be set to.

    Example:

      crossdock connections settings shopify
    """
    manifest = manifest_of(system)
    print_json(manifest.settings) if json else show(described(manifest))


@app.command()
def pause(name: Name, why: Why = "") -> None:
    """Stop sending to it and sweeping it. What arrives is kept; nothing is lost.

    Example:

      crossdock connections pause odoo --why "upgrade to 20"
    """
    _set_paused(name, why, paused=True)


@app.command()
def resume(name: Name, why: Why = "") -> None:
    """Go on with a paused connection: what waited is sent in order.

    Example:

      crossdock connections resume odoo
    """
    _set_paused(name, why, paused=False)


@app.command()
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
            wanted = _wanted(tx, name)
        _report([check_connection(c, factory_of, now) for c in wanted], json=json)


@app.command()
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
            wanted = _wanted(tx, name)
        found = [
            maintain_connection(c, factory_of, now, f"{public_url.rstrip('/')}/hooks/{c.name}")
            for c in wanted
        ]
        _report(found, json=json)


def _find(tx: Transaction, name: str) -> ConfiguredConnection:
    known = list_connections(tx)
    found = next((c for c in known if c.name == name), None)
    if found is None:
        raise UnknownConnection(name, [c.name for c in known])
    return found


def _wanted(tx: Transaction, name: str) -> list[ConfiguredConnection]:
    return [_find(tx, name)] if name else list_connections(tx)


def _set_paused(name: str, why: str, *, paused: bool) -> None:
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = _find(tx, name)
            pause_connection(tx, name, paused=paused)
            for channel in (DELIVER, SWEEP):
                tx.run(RECEIVE_SQL.wake, channel=channel)
            deed = "pause" if paused else "resume"
            _record(tx, deed, Changed(found.company_id, name), now, {"why": why})
    typer.echo(f"{name} is {'paused' if paused else 'running'}")


class Changed(NamedTuple):
    """Which connection an act is on."""

    company_id: int
    name: str


def _record(
    tx: Transaction, deed: str, on: Changed, now: datetime, detail: Mapping[str, object]
) -> None:
    record_act(
        tx,
        company_id=on.company_id,
        principal=whoami(),
        action=f"connection.{deed}",
        subject=f"connection:{on.name}",
        now=now,
        detail=detail,
    )


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
