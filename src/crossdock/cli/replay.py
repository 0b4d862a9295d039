"""`crossdock replay`"""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from crossdock.cli.errors import Refused
from crossdock.cli.messages import MessageState
from crossdock.cli.options import ConnectionFilter, Json, Limit, Why, Yes, instant, listed
from crossdock.cli.output import (
    clipped,
    confirm,
    counted,
    faint,
    plain,
    print_json,
    short,
    show,
    state,
    table,
)
from crossdock.cli.replay_window import preview_many, replay_many
from crossdock.cli.session import open_all, word
from crossdock.ops.act import act
from crossdock.ops.replay import Preview, preview_replay, replay_message
from crossdock.ops.replay_window import Window


def replay(  # noqa: PLR0913, PLR0917 - one parameter per option
    message_id: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]", help="One message; see messages list.", parser=listed("messages list")
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Messages received from here on: 2026-03-02T09:00+01:00.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="And before this. Without a zone: UTC.")] = None,
    connection: ConnectionFilter = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind: shopify.order …")] = None,
    state_: Annotated[
        MessageState | None, typer.Option("--state", help="Only in this state.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    limit: Limit = 50,
    why: Why = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Decide a message, or all of a time window, again: today's program, mappings and data.

    Nothing takes place twice: an effect has a key that can exist once, and what changes nothing
    keeps the end it had. The dry run decides for real in a transaction that is rolled back, each
    message on what stands now; --limit is how many changes it shows. A window leaves out what
    people were asked, but --state held and --state dead let it go as `holds release` does.

    Examples:

      crossdock replay 12 --dry-run

      crossdock replay 12 --why "mapping corrected" --yes

      crossdock replay --since 2026-03-02 --until 2026-03-03 --connection shop --dry-run

      crossdock replay --since 2026-03-02T09:00 --state dead --why "connector mended"
    """
    filters = (since, until, connection, kind, state_)
    if message_id is not None:
        if any(given is not None for given in filters):
            raise typer.BadParameter("name one message or a window, not both")
        _replay_one(message_id, why, dry_run=dry_run, yes=yes, json=json)
        return
    if all(given is None for given in filters):
        raise typer.BadParameter(
            "name a message, or a window: crossdock replay --since 2026-03-02 --dry-run"
        )
    end = instant("--until", until) if until is not None else datetime.max.replace(tzinfo=UTC)
    start = instant("--since", since) if since is not None else None
    window = Window(end, start, connection, kind, state_)
    if dry_run:
        preview_many(window, limit=limit, json=json)
    else:
        replay_many(window, why, yes=yes, json=json)


def _replay_one(message_id: int, why: str, *, dry_run: bool, yes: bool, json: bool) -> None:
    with open_all() as deployment:
        preview = preview_replay(
            deployment.store, deployment.registry, deployment.clock, message_id
        )
        if dry_run:
            print_json({"new_effects": preview.new_effects, **_plain(preview)}) if json else show(
                *render(preview)
            )
            return
        if preview.message_after == "dead":
            raise Refused(
                f"message {message_id} would end dead again: {preview.detail}; mend that first"
            )
        confirm("Replay it?", render(preview), yes=yes)
        said = word(deployment.clock, why)
        was = act(deployment.store, lambda tx: replay_message(tx, message_id, said))
    if json:
        print_json({"message_id": message_id, "was": was, "state": "waiting"})
        return
    show(
        plain(f"message {message_id} was ").append_text(state(was)).append(", and is in line again")
    )


def _plain(preview: Preview) -> dict[str, object]:
    return {name: getattr(preview, name) for name in Preview.__slots__}


def render(preview: Preview) -> list[RenderableType]:
    """What a replay would do, as a person reads it."""
    parts: list[RenderableType] = [
        Text.assemble((f"message {preview.message_id}", "bold"), (f"  {preview.work_key}", "dim")),
        _move("message", preview.message_before, preview.message_after),
        _move("document", preview.document_before or "none", preview.document_after or "none"),
        faint(": ".join(words for words in (preview.code, preview.detail) if words)),
    ]
    parts += [Padding(plain(f"event  {type_}"), (0, 2)) for type_, _ in preview.events]
    parts += [Padding(plain(f"hold   {words}"), (0, 2)) for words in preview.holds]
    if preview.effects:
        made = table(short("Effect"), short("At"), short("Already"), clipped("Key"))
        for e in preview.effects:
            made.add_row(
                plain(e.operation), faint(e.connection), state(e.state), faint(e.effect_key)
            )
        parts += [Text(), made]
    return [*parts, Text(_verdict(preview.new_effects), style="bold")]


def _move(what: str, before: str, after: str) -> Text:
    return Text(f"{what:<9}").append_text(state(before)).append(" → ").append_text(state(after))


def _verdict(new: int) -> str:
    return counted(new, "new effect") if new else "no new effect on any outside system"
