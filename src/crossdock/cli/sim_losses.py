"""`crossdock sim losses`"""

import os
from contextlib import closing
from typing import Annotated

import typer
from rich.text import Text

from crossdock.cli.campaign_bar import campaign_bar
from crossdock.cli.interrupted import Interrupted, interruptible
from crossdock.cli.options import SEED_MAX, Json, Page, conclude
from crossdock.cli.output import print_json, show, table
from crossdock.engine.clock import SystemClock
from crossdock.rehearsal.commit import commit_name
from crossdock.rehearsal.losses.campaign import campaign, plan_days
from crossdock.rehearsal.losses.tally import Tally

SHOWN = 20


def losses(
    losses: Annotated[int, typer.Option(min=0, help="Losses to plant, the places in turn.")] = 200,
    clean_days: Annotated[
        int, typer.Option(min=0, help="Days with ordinary faults and without any loss.")
    ] = 30,
    seed: Annotated[int, typer.Option(min=0, max=SEED_MAX, help="Seed of the first day.")] = 1,
    processes: Annotated[
        int, typer.Option(min=1, help="Days at once; each process has its own PostgreSQL.")
    ] = os.cpu_count() or 1,
    page: Page = None,
    json: Json = False,
) -> None:
    """Plant losses at twelve places in simulated days: does the close find and locate them all?

    Each is an order, a message, an effect or a document that would be lost in silence. The close
    that a worker makes every night must find it, one period late at most, and name the place. On
    clean days it must find nothing. Takes some ten seconds a day and process. Exits with 1 when a
    loss was missed, put at another place, or told where there was none. Ctrl-C prints what was
    found so far and exits with 130.

    Examples:

      crossdock sim losses

      crossdock sim losses --losses 24 --clean-days 2 --json
    """
    if not losses and not clean_days:
        raise typer.BadParameter("nothing to play: give --losses or --clean-days more than 0")
    today = f"{SystemClock().now():%Y-%m-%d}"
    tally = Tally(losses, clean_days, seed, commit_name(), today)
    try:
        _collect(tally, processes)
    except Interrupted:
        _print(tally, json)
        raise
    _print(tally, json)
    conclude(page, tally)


def _print(tally: Tally, json: bool) -> None:
    if json:
        print_json(tally.as_json())
    else:
        _show(tally)


def _collect(tally: Tally, processes: int) -> None:
    days = [*plan_days(tally.losses), *([()] * tally.clean_days)]
    clean_from = tally.seed + len(days) - tally.clean_days
    done = 0
    with (
        interruptible(lambda: f"after {done} of {len(days)} days"),
        campaign_bar("days", len(days)) as advance,
        closing(campaign(tally.seed, days, processes)) as results,
    ):
        for result in results:
            tally.add(result, clean=result.seed >= clean_from)
            done += 1
            advance(f"{len(tally.amiss) + len(tally.false_alarms)} amiss")


def _show(tally: Tally) -> None:
    right = {"justify": "right"}
    made = table(
        "place", ("planted", right), ("found", right), ("located", right),
        ("in time / late by a period", right),
    )  # fmt: skip
    for row in tally.rows():
        made.add_row(*row)
    show(made, Text(tally.words()))
    for line in (*tally.amiss, *tally.false_alarms)[:SHOWN]:
        show(Text(f"AMISS  {line}", style="bold red"))
    if tally.holds_true:
        show(Text("all found, located and in time; no false alarm", style="green"))
