"""`crossdock status`"""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from crossdock.cli.errors import NOT_WELL
from crossdock.cli.options import Json
from crossdock.cli.output import (
    ago,
    clipped,
    counted,
    facts,
    faint,
    money,
    nothing,
    plain,
    print_json,
    right,
    short,
    show,
    span,
    stamp,
    state,
    table,
)
from crossdock.cli.session import open_store
from crossdock.engine.pace import next_utc_day
from crossdock.ops.status import (
    STALLED_AFTER,
    ConnectionStatus,
    Restoration,
    Status,
    StreamStatus,
    read_status,
)


def status(
    stalled_after: Annotated[
        int, typer.Option(min=1, help="Seconds that due work may lie before it counts as stalled.")
    ] = int(STALLED_AFTER.total_seconds()),
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 1 when something is wrong; the page says what."),
    ] = False,
    json: Json = False,
) -> None:
    """The whole deployment on one page: backlog, connections, workers, streams, holds.

    Also says which recovery point the present set-up gives: what an acknowledged transaction
    survives, and what it does not.

    Examples:

      crossdock status

      crossdock status --check --json | jq .stall.stalled
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = read_status(tx, now, timedelta(seconds=stalled_after))
    if json:
        head = {"healthy": found.healthy, "troubles": found.troubles}
        print_json({**head, **_plain(found)})
    else:
        show(*render(found))
    if check and not found.healthy:
        raise typer.Exit(NOT_WELL)


def _plain(found: Status) -> dict[str, object]:
    return {name: getattr(found, name) for name in Status.__slots__ if name != "streams"} | {
        "streams": [
            {
                name: value.total_seconds() if isinstance(value, timedelta) else value
                for name in stream.__slots__
                for value in [getattr(stream, name)]
            }
            for stream in found.streams
        ]
    }


def render(found: Status) -> list[RenderableType]:
    """The page."""
    return [
        _summary(found),
        *_troubles(found),
        Text(),
        *_connections(found),
        *_hindered(found),
        *_held(found),
        *_streams(found),
        *_workers(found),
    ]


def _summary(found: Status) -> RenderableType:
    point = found.recovery_point
    holds = plain(f"{counted(found.holds, 'open question')} for a person")
    return facts(
        [
            (
                "backlog",
                plain(f"{counted(found.messages, 'message')}, {counted(found.effects, 'effect')}"),
            ),
            ("moving", _moving(found)),
            ("held", holds if found.holds else faint("nothing")),
            (
                "ownerless",
                Text(str(found.ownerless), style="bold red" if found.ownerless else "green"),
            ),
            ("recovery", Text(point.survives, style="green" if point.safe else "bold red")),
            ("", faint(point.loses)),
            *_restored(found.restoration),
        ]
    )


def _restored(last: Restoration | None) -> list[tuple[str, RenderableType]]:
    if last is None:
        return []
    words = plain("from the backup of ").append_text(stamp(last.backup_at))
    if last.caught_up_at is None:
        words.append(", catching up: every system is being read again", style="yellow")
        if last.missing:
            words.append(f"; not yet: {', '.join(last.missing)}", style="yellow")
    else:
        words.append(f", level again after {span(last.caught_up_at - last.restored_at)}")
    return [("restored", words)]


def _troubles(found: Status) -> list[RenderableType]:
    lines = [Text(f"✗ {words}", style="bold red") for words in found.troubles]
    return [Text(), *lines] if lines else []


def _moving(found: Status) -> Text:
    if found.stall.stalled and found.stall.due_since:
        lying = span(found.at - found.stall.due_since)
        words = f"stalled: work is due for {lying} and nobody does it ({found.stall.stage})"
        return Text(words, style="bold red")
    if found.messages + found.effects == 0:
        return Text("at rest", style="green")
    return Text("yes", style="green")


def _connections(found: Status) -> list[RenderableType]:
    if not found.connections:
        return [nothing("no connections yet: `crossdock connections add --help`")]
    made = table(
        short("Connection"), short("System"), right("To apply"), right("To send"), right("Longest"),
        right("In flight"), right("Held"), short(""),
    )  # fmt: skip
    for c in found.connections:
        made.add_row(
            plain(c.name), faint(c.system), _count(c.messages_waiting), _count(c.effects_waiting),
            _since(c.effects_since, found.at), _count(c.effects_in_flight), _count(c.open_holds),
            state(_condition(c)),
        )  # fmt: skip
    return [made, Text()]


def _condition(connection: ConnectionStatus) -> str:
    if connection.paused:
        return "paused"
    if connection.left_out:
        return "left out"
    if connection.down_since:
        return "down"
    return "quota spent" if connection.quota_spent else ""


def _hindered(found: Status) -> list[RenderableType]:
    """Connections that are not sent to, and why."""
    lines: list[RenderableType] = []
    for c in found.connections:
        if c.down_since:
            line = Text(c.name, style="bold")
            line.append(f" down for {span(found.at - c.down_since)}", style="bold red")
            line.append(f", next try {_in(c.next_try_at, found.at)}: {c.down_reason}", style="")
            lines.append(line)
        elif c.quota_spent:
            line = Text(c.name, style="bold")
            line.append(" quota spent", style="yellow")
            line.append(f": {c.quota_taken:g} of {c.quota_per_day:g} calls of today (UTC); ")
            lines.append(line.append(f"what waits goes {_in(next_utc_day(found.at), found.at)}"))
    return [*lines, Text()] if lines else []


def _in(instant: datetime | None, now: datetime) -> str:
    return ago(instant, now).plain if instant and instant > now else "now"


def _since(instant: datetime | None, now: datetime) -> Text:
    return Text() if instant is None or instant > now else ago(instant, now)


def _count(number: int) -> Text:
    return Text(str(number) if number else "–", style="" if number else "dim")


def _held(found: Status) -> list[RenderableType]:
    if not found.held:
        return []
    made = table(short("Held because"), right("Count"), right("Value"), right("Oldest"))
    for h in found.held:
        made.add_row(
            plain(h.code), _count(h.count),
            money(h.value_amount, h.value_currency), ago(h.oldest, found.at),
        )  # fmt: skip
    return [made, Text()]


def _streams(found: Status) -> list[RenderableType]:
    if not found.streams:
        return []
    made = table(
        short("Stream"), right("Age"), right("At most"), right("Next"), right("Failures"),
        clipped("Last error"),
    )  # fmt: skip
    for s in found.streams:
        age = ago(s.as_of, found.at)
        if s.too_old:
            age.stylize("bold red")
        made.add_row(
            plain(f"{s.connection} {s.stream}"), age, plain(span(s.max_age) if s.max_age else ""),
            _next_sweep(s, found.at), _count(s.failures),
            faint(s.error),
        )  # fmt: skip
    return [made, Text()]


def _next_sweep(stream: StreamStatus, now: datetime) -> Text:
    if stream.paused:
        return state("paused")
    if stream.overdue:
        return Text("overdue", style="bold red")
    return ago(stream.due_at, now) if stream.due_at > now else Text("now")


def _workers(found: Status) -> list[RenderableType]:
    if not found.workers:
        return [nothing("no worker runs: `crossdock worker`, or `crossdock up` for everything")]
    made = table(short("Worker"), short("Stages"), right("Up for"), right("Seen"), short(""))
    for w in found.workers:
        made.add_row(
            plain(w.worker_id), faint(w.stages.replace(",", " ")), ago(w.started_at, found.at),
            ago(w.seen_at, found.at), state("ok" if w.here else "gone"),
        )  # fmt: skip
    return [made]
