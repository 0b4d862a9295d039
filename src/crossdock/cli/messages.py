"""`crossdock messages …`"""

import json as json_module
from enum import StrEnum
from typing import Annotated

import typer
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from crossdock.cli.options import ConnectionFilter, Json, Limit, listed
from crossdock.cli.output import (
    ago,
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
    state,
    table,
)
from crossdock.cli.session import open_store
from crossdock.ops.find import find_one
from crossdock.ops.known import require_known
from crossdock.ops.messages import MessageDetail, MessageFilter, list_messages, message_detail

app = typer.Typer(no_args_is_help=True, help="Messages: as they came, and what became of them.")


class MessageState(StrEnum):
    """Where a message is (promise P4)."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    DUPLICATE = "duplicate"
    STALE = "stale"
    REJECTED = "rejected"
    HELD = "held"
    DEAD = "dead"


@app.command("list")
def list_(
    state_: Annotated[
        MessageState | None, typer.Option("--state", help="Only in this state.")
    ] = None,
    connection: ConnectionFilter = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind: shopify.order …")] = None,
    of: Annotated[str | None, typer.Option(help="Only of the document with this id.")] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Messages, newest first.

    Examples:

      crossdock messages list --state dead

      crossdock messages list --of "#1001"
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            work_key = find_one(tx, of).work_key if of else None
            wanted = MessageFilter(state_, connection, kind, work_key)
            require_known(tx, connection=connection, kind=kind)
            found = list_messages(tx, wanted, limit=limit)
    if json:
        print_json(found)
        return
    if not found:
        show(nothing("no such messages"))
        return
    made = table(
        right("ID"),
        right("Age"),
        short("Kind"),
        short("State"),
        clipped("About"),
        clipped("Why", 3),
    )
    for m in found:
        made.add_row(
            plain(m.message_id), ago(m.received_at, now), faint(m.kind), state(m.state),
            plain(m.name), faint(m.end_detail or m.end_code),
        )  # fmt: skip
    show(made, count_line(len(found), limit, "message"))


@app.command("show")
def show_(
    message_id: Annotated[int, typer.Argument(metavar="ID", parser=listed("messages list"))],
    json: Json = False,
) -> None:
    """One message: its raw headers and body as they came, and the effects it led to.

    Examples:

      crossdock messages show 12

      crossdock messages show 12 --json | jq -r .body > order.json
    """
    with open_store() as store, store.transaction() as tx:
        found = message_detail(tx, message_id)
    if json:
        print_json(found)
        return
    m = found.summary
    show(
        Text.assemble((f"message {m.message_id}", "bold"), "  ", state(m.state)),
        faint(m.end_detail or m.end_code or ""),
        Text(),
        facts(
            [
                ("kind", plain(f"{m.kind} by {m.source} from {m.connection}")),
                ("about", plain(m.work_key)),
                ("version", plain(m.version or "none: it is a fact")),
                ("received", stamp(m.received_at).append(f"  {_times(found.arrivals)}")),
                ("ended", stamp(m.ended_at)),
                ("attempts", plain(m.attempts)),
                ("topic", plain(found.topic)),
                ("key", faint(found.message_key)),
            ]
        ),
        Text(),
    )
    _show_effects(found)
    show(*(Padding(faint(f"{name}: {value}"), (0, 2)) for name, value in found.headers.items()))
    show(Text(), _body(found.body))


def _show_effects(found: MessageDetail) -> None:
    if not found.effects:
        return
    made = table(right("Effect"), short("Operation"), short("At"), short("State"), clipped("Key"))
    for e in found.effects:
        made.add_row(
            plain(e.effect_id), plain(e.operation), faint(e.connection), state(e.state),
            faint(e.effect_key),
        )  # fmt: skip
    show(made, Text())


def _times(arrivals: int) -> str:
    return "arrived once" if arrivals == 1 else f"arrived {arrivals} times"


def _body(text: str) -> Syntax | Text:
    try:
        pretty = json_module.dumps(json_module.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return plain(text)
    return Syntax(pretty, "json", background_color="default", word_wrap=True)
