"""`crossdock holds …`"""

import json as json_module
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crossdock.cli.options import ConnectionFilter, Json, Limit, Why, Yes, listed
from crossdock.cli.output import (
    STYLES,
    ago,
    confirm,
    count_line,
    faint,
    money,
    nothing,
    plain,
    print_json,
    show,
    state,
    with_commands,
)
from crossdock.cli.session import open_all, open_store, word
from crossdock.engine.encoding import from_json
from crossdock.ops.act import act
from crossdock.ops.exceptions import Hold, HoldFilter, find_hold, list_holds
from crossdock.ops.known import require_known
from crossdock.ops.release_hold import Released, release_hold
from crossdock.ops.word import Resolution

app = typer.Typer(no_args_is_help=True, help="What a person owns: see it, mend it, release it.")

HoldId = Annotated[
    int,
    typer.Argument(
        metavar="ID", help="As `crossdock holds list` shows it.", parser=listed("holds list")
    ),
]
_CONSEQUENCES = {
    ("message", Resolution.RETRY): "the message goes back in line where it stood",
    ("message", Resolution.DONE): "the message ends as done by hand; nothing is sent",
    ("message", Resolution.REJECT): "the message ends as refused, and its sender is told why",
    ("effect", Resolution.RETRY): "the effect is looked for if it can be, and sent if absent",
    ("effect", Resolution.DONE): "the effect counts as standing there; nothing is sent",
    ("effect", Resolution.REJECT): "the effect counts as refused; its document's process is told",
    ("connection", Resolution.RETRY): "everything that waits for the connection is tried at once",
    ("connection", Resolution.DONE): "everything that waits for the connection is tried at once",
    ("connection", Resolution.REJECT): "this will be refused: there is no document to reject",
}  # fmt: skip


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917 - one parameter per option
    code: Annotated[str | None, typer.Option(help="Only with this reason: unknown_sku …")] = None,
    owner: Annotated[
        str | None, typer.Option(help="Only of this role: order_desk, finance …")
    ] = None,
    connection: ConnectionFilter = None,
    need: Annotated[str | None, typer.Option(help="Only what waits for this: sku:shop:A-1")] = None,
    oldest: Annotated[
        bool, typer.Option("--oldest", help="Oldest first, not highest value.")
    ] = False,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones as well.")] = False,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Open questions, highest value first, each with its reason and the command that mends it.

    Examples:

      crossdock holds list --code unknown_sku

      crossdock holds list --owner finance --oldest

      crossdock holds list --json | jq '[.[].need] | unique'
    """
    wanted = HoldFilter(code, owner, connection, need, closed=closed)
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            require_known(tx, code=code, owner=owner, connection=connection, need=need)
            found = list_holds(tx, wanted, by_value=not oldest, limit=limit)
    if json:
        print_json(found)
    elif not found:
        show(nothing("nothing is held"))
    else:
        show(*render_holds(found, now), count_line(len(found), limit, "hold"))


@app.command("show")
def show_(hold_id: HoldId, json: Json = False) -> None:
    """One hold, open or closed.

    Example:

      crossdock holds show 17
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = find_hold(tx, hold_id)
    if json:
        print_json(found)
        return
    show(*render_holds([found], now))
    if found.closed_at:
        show(faint(f"closed by {found.closed_by}: {found.resolution}"))


@app.command()
def release(
    hold_id: HoldId,
    as_: Annotated[
        Resolution, typer.Option("--as", help="retry: mended; done: done by hand; reject: refused.")
    ] = Resolution.RETRY,
    observed: Annotated[
        str, typer.Option(help="With --as done of an effect: what stands there, as a JSON object.")
    ] = "",
    why: Why = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Release a hold: the cause is mended, or it was done by hand, or it is refused.

      [bold]--as retry[/]   in line again where it stood; an effect is looked for before it is sent

      [bold]--as done[/]    somebody did it by hand: nothing more is sent for it; a changed
      order counts as agreed

      [bold]--as reject[/]  refused; the sender gets its answer with your --why

    Shows what it will do and asks first. Who, when and why are kept in the audit.

    Examples:

      crossdock holds release 17

      crossdock holds release 18 --as done --why "amended S00042 by hand"

      crossdock holds release 19 --as reject --why "no longer sold" --yes
    """
    given = _observation(observed)
    with open_all() as deployment:
        with deployment.store.transaction() as tx:
            found = find_hold(tx, hold_id)
        confirm("Release it?", _plan(found, as_, deployment.clock.now()), yes=yes)
        said = word(deployment.clock, why)
        released = act(
            deployment.store,
            lambda tx: release_hold(tx, deployment.registry, hold_id, as_, said, given),
        )
    print_json(released) if json else show(_done(released))


def render_holds(holds: Sequence[Hold], now: datetime) -> list[RenderableType]:
    """One block a hold: a line of facts, its reason, its remedy, suggestions."""
    parts: list[RenderableType] = []
    for hold in holds:
        head = Table.grid(padding=(0, 2), expand=True)
        head.add_column(min_width=6, justify="right", no_wrap=True)
        head.add_column(width=16, no_wrap=True, overflow="ellipsis")
        head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        head.add_column(width=17, justify="right", no_wrap=True)
        head.add_column(width=6, justify="right", no_wrap=True)
        head.add_row(
            Text(str(hold.hold_id), style="bold"),
            Text(hold.name, style="bold"),
            _kind(hold),
            money(hold.value_amount, hold.value_currency),
            ago(hold.opened_at, now),
        )
        remedy = Text(f"{' ' * 8}→ ", style="green", no_wrap=True)
        parts += [
            head,
            Padding(Text(hold.reason), (0, 0, 0, 8)),
            remedy.append_text(with_commands(hold.fix, "green")),
            Padding(_about(hold), (0, 0, 1, 8)),
        ]
    return parts


def _kind(hold: Hold) -> Text:
    """Its reason's code, coloured by whether it is held or dead; no word twice."""
    return Text(hold.code, style=STYLES.get(hold.kind, ""))


def _about(hold: Hold) -> Text:
    body = Text(style="dim")
    for candidate in hold.candidates:
        body.append(f"  perhaps {_words(candidate)}\n")
    about = [
        hold.owner,
        hold.connection,
        f"field {hold.field}" if hold.field else "",
        f"waits for {hold.need}" if hold.need else "",
    ]
    return body.append(" · ".join(word for word in about if word))


def _words(candidate: Mapping[str, Any]) -> str:
    code = str(candidate.get("key", "")).partition(":")[2]
    return f"{code}  {candidate.get('name', '')}"


def _plan(hold: Hold, resolution: Resolution, now: datetime) -> list[RenderableType]:
    of = "message" if hold.message_id else "effect" if hold.effect_id else "connection"
    consequence = _CONSEQUENCES[of, resolution]
    return [*render_holds([hold], now), Text(f"Released as {resolution}: {consequence}.")]


def _done(released: Released) -> Text:
    return (
        plain(f"hold {released.hold_id} released as {released.resolution}: ")
        .append(f"{released.subject} is ")
        .append_text(state(released.state))
    )


def _observation(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        given = from_json(text)
    except json_module.JSONDecodeError as error:
        raise typer.BadParameter(f"--observed is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise typer.BadParameter(
            '--observed is a JSON object, like \'{"id": 42, "name": "S00042"}\''
        )
    return given
