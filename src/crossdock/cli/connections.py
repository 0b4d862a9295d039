"""`crossdock connections …`"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

import typer
from rich.padding import Padding
from rich.text import Text

from crossdock.bootstrap import manifest_of
from crossdock.cli.connection_checks import check, find_connection, maintain
from crossdock.cli.connection_settings import described, merged, parse_secrets, parse_settings
from crossdock.cli.connection_sweeps import resweep
from crossdock.cli.errors import Refused
from crossdock.cli.options import Company, Json, Why, Yes
from crossdock.cli.output import (
    confirm,
    counted,
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
from crossdock.engine.store import Transaction
from crossdock.governance.audit import record_act
from crossdock.governance.connections import (
    BadConnection,
    ConfiguredConnection,
    Traces,
    add_connection,
    checked_settings,
    list_connections,
    pause_connection,
    remove_connection,
    traces_of,
    unknown_connections,
)
from crossdock.ports.manifest import COMMON_SETTINGS
from crossdock.ports.setting import CONNECTION_NAME

app = typer.Typer(no_args_is_help=True, help="Connections: the accounts of outside systems we use.")

Name = Annotated[str, typer.Argument(help="The connection.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A short name: a-z, 0-9, _; part of URLs.")],
    system: Annotated[
        str, typer.Option("--system", "-s", help="Which connector: odoo, shopify …; needed once.")
    ] = "",
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

      crossdock connections add odoo --set workers=4

      crossdock connections add shop --system shopify --set shop_url=https://demo.myshopify.com
        --secret api_secret=env:SHOP_SECRET --secret access_token=file:/run/secrets/shop_token
    """
    _require_name(name)
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            known = {c.name: c for c in list_connections(tx)}
            before = known.get(name)
            manifest = manifest_of(_system(name, system, before))
            company_id = before.company_id if before else company_of(tx, company)
        asked = parse_settings(settings or [])
        given = merged(manifest, before, asked, parse_secrets(secrets or []))
        if wrong := unknown_connections(manifest, asked, known):
            raise BadConnection("; ".join(wrong))
        checked_settings(manifest, given.settings, given.secrets)
        if before and given.changes:
            head = plain(f"{name} exists. This will change:")
            confirm("Change it?", (head, Padding(given.change_list(), (0, 2))), yes=yes)
        with store.transaction() as tx:
            add_connection(
                tx, manifest, company_id=company_id, name=name, settings=given.settings,
                secrets=given.secrets, now=now,
            )  # fmt: skip
            detail = {"system": manifest.system, "changes": given.changes}
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
            state(_condition(c) or "active"),
        )  # fmt: skip
    left_out = [c for c in found if c.left_out]
    show(made, *(Text(f"{c.name} is left out: {c.left_out}", style="bold red") for c in left_out))


@app.command("show")
def show_(name: Name, json: Json = False) -> None:
    """One connection: its settings, and where its secrets are.

    Example:

      crossdock connections show shop
    """
    with open_store() as store, store.transaction() as tx:
        found = find_connection(tx, name)
    if json:
        print_json(found)
        return
    references = [(n, faint(", ".join(r))) for n, r in sorted(found.secrets.items())]
    settings = [(n, plain(v)) for n, v in sorted(found.settings.items())]
    settings += [
        (s.name, faint(f"{s.default} (default)"))
        for s in COMMON_SETTINGS
        if s.name not in found.settings
    ]
    show(
        Text.assemble(
            (found.name, "bold"),
            f"  {found.system}  ",
            state(_condition(found)),
            f"  {found.left_out or found.down_reason or ''}" if _condition(found) else "",
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
    print_json((*manifest.settings, *COMMON_SETTINGS)) if json else show(described(manifest))


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
def remove(name: Name, why: Why = "", yes: Yes = False) -> None:
    """Remove a connection that nothing ever came from or went to, with its mappings.

    Refused while there are messages or effects of it: they stay explainable; pause it instead.

    Example:

      crossdock connections remove shop_test --why "was a trial"
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = find_connection(tx, name)
            traces = traces_of(tx, name)
        if traces.removable:
            confirm("Remove it?", [plain(_loss(found, traces))], yes=yes)
        with store.transaction() as tx:
            remove_connection(tx, name)
            _record(tx, "remove", Changed(found.company_id, name), now, {"why": why})
    typer.echo(f"{name} is removed; workers and API forget it when they start again")


def _loss(connection: ConfiguredConnection, traces: Traces) -> str:
    return (
        f"{connection.name} ({connection.system}) goes, with its settings, "
        f"{counted(traces.mappings, 'mapping')}, {counted(traces.streams, 'stream')} and "
        f"{counted(traces.records, 'record')} read from it. No message and no effect is of it."
    )


for command in (check, maintain, resweep):
    app.command()(command)


def _require_name(name: str) -> None:
    if not CONNECTION_NAME.fullmatch(name):
        raise typer.BadParameter(
            "it is a-z, 0-9 and _, at most 31, a letter first", param_hint="NAME"
        )


def _system(name: str, given: str, before: ConfiguredConnection | None) -> str:
    """Which connector: given, or that of the connection that exists."""
    if before is None and not given:
        raise Refused(f"{name} is new: say which connector serves it, `--system odoo` or another")
    return given or (before.system if before else "")


def _condition(connection: ConfiguredConnection) -> str:
    """Why nothing is sent to it; empty when nothing is in the way."""
    if connection.paused:
        return "paused"
    if connection.left_out:
        return "left out"
    return "down" if connection.down_since else ""


def _set_paused(name: str, why: str, *, paused: bool) -> None:
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = find_connection(tx, name)
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
