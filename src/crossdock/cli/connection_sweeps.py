"""`crossdock connections resweep`"""

from typing import Annotated

import typer
from rich.console import RenderableType

from crossdock.cli.connection_checks import find_connection
from crossdock.cli.options import Json, Why, Yes
from crossdock.cli.output import confirm, facts, faint, plain, print_json, show
from crossdock.cli.session import open_store, whoami
from crossdock.ops.act import act
from crossdock.ops.resweep import Resweep, plan_resweep
from crossdock.ops.resweep import resweep as set_back
from crossdock.ops.word import Word


def resweep(
    name: Annotated[str, typer.Argument(help="The connection.")],
    stream: Annotated[str, typer.Argument(help="Which of its streams; see `crossdock status`.")],
    cursor: Annotated[
        str | None,
        typer.Option("--from", help="A cursor of this stream; from its beginning without it."),
    ] = None,
    why: Why = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Read a stream again from its beginning, or from a cursor it once had.

    For a cursor that the outside system does not know any more, and after its history was restored.
    What is known already changes nothing. The audit keeps the cursor it had.

    Examples:

      crossdock connections resweep wms events --why "cursor expired"

      crossdock connections resweep shop orders --from "2026-03-02T09:00:00Z|1" --yes
    """
    if cursor is not None and not cursor.strip():
        raise typer.BadParameter("leave --from out to read from the beginning")
    with open_store() as store:
        with store.transaction() as tx:
            found = find_connection(tx, name)
            plan = plan_resweep(tx, found, stream, cursor)
        confirm("Read it again from there?", _rendered(plan), yes=yes)
        word = Word(whoami(), store.clock().now(), why)
        done = act(store, lambda tx: set_back(tx, found, stream, cursor, word))
    print_json(done) if json else show(*_rendered(done), plain("due now"))


def _rendered(plan: Resweep) -> list[RenderableType]:
    return [
        facts(
            [
                ("stream", plain(f"{plan.stream} of {plan.connection}")),
                ("was read to", plain(plan.was) if plan.was else faint("not yet")),
                ("read from", plain(plan.cursor) if plan.cursor else faint("the beginning")),
            ]
        )
    ]
