"""`crossdock replay`"""

from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from crossdock.cli.options import Json, Why, Yes
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
from crossdock.cli.session import open_all, word
from crossdock.ops.act import act
from crossdock.ops.replay import Preview, preview_replay, replay_message


def replay(
    message_id: Annotated[int, typer.Argument(metavar="ID", help="A message; see messages list.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    why: Why = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Decide a message again, with today's program, mappings and reference data.

    Nothing takes place twice: an effect has a key that can exist once, and what was done before is
    recognised as done. The dry run decides for real in a transaction that is rolled back.

    Examples:

      crossdock replay 12 --dry-run

      crossdock replay 12 --why "mapping corrected" --yes
    """
    with open_all() as deployment:
        preview = preview_replay(
            deployment.store, deployment.registry, deployment.clock, message_id
        )
        if dry_run:
            print_json({"new_effects": preview.new_effects, **_plain(preview)}) if json else show(
                *render(preview)
            )
            return
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
