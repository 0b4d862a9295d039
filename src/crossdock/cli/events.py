"""`crossdock events …`"""

from typing import Annotated

import typer
from rich.padding import Padding

from crossdock.cli.options import Json, Limit
from crossdock.cli.output import (
    clipped,
    count_line,
    facts,
    faint,
    nothing,
    plain,
    print_json,
    right,
    short,
    show,
    stamp,
    table,
)
from crossdock.cli.session import open_store
from crossdock.governance.catalog import EVENTS
from crossdock.ops.events import list_events

app = typer.Typer(no_args_is_help=True, help="The canonical events: facts that were recorded.")


@app.command("list")
def list_(
    type_: Annotated[str | None, typer.Option("--type", "-t", help="Only of this type.")] = None,
    after: Annotated[
        int | None,
        typer.Option(help="Those after this event number, oldest first: to follow them."),
    ] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The newest events, newest first.

    Examples:

      crossdock events list --type sales_order.held

      crossdock events list --after 1200 --json | jq '.[].type'
    """
    with open_store() as store, store.transaction() as tx:
        found = list_events(tx, type_=type_, after=after, limit=limit)
    if json:
        print_json(found)
        return
    if not found:
        show(nothing("no such events yet"))
        return
    made = table(right("Event"), short("When (UTC)"), short("Type"), clipped("About"))
    for e in found:
        made.add_row(faint(e.event_id), stamp(e.occurred_at), plain(e.type), faint(e.work_key))
    show(made, count_line(len(found), limit, "event"))


@app.command()
def catalog(json: Json = False) -> None:
    """What each type of event means, who records it and what it carries.

    Example:

      crossdock events catalog
    """
    if json:
        print_json(EVENTS)
        return
    for definition in EVENTS:
        carries = facts((field.name, plain(field.meaning)) for field in definition.data)
        show(
            f"[bold]{definition.type}[/]  [dim]{definition.producer}[/]",
            Padding(plain(definition.meaning), (0, 2)),
            Padding(carries, (0, 4, 1, 4)),
        )
