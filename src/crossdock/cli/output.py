"""How answers look: one console, one way to make a table, one way to print JSON."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TextIO

import typer
from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from crossdock.cli.errors import Refused
from crossdock.cli.harmless import escaped, harmless
from crossdock.domain.money import Money
from crossdock.engine.encoding import to_json

STYLES = {
    "waiting": "cyan", "working": "cyan", "sending": "cyan", "in flight": "cyan",
    "held": "yellow", "open": "yellow", "warning": "yellow", "paused": "yellow", "retry": "yellow",
    "left out": "bold red", "overdue": "bold red", "down": "bold red",
    "dead": "bold red", "failed": "bold red", "rejected": "red", "refused": "red", "gone": "red",
    "done": "green", "confirmed": "green", "ok": "green", "observed": "green", "active": "green",
    "duplicate": "dim", "stale": "dim", "withdrawn": "dim", "closed": "dim", "cancelled": "dim",
    "new": "bold", "mismatched": "yellow", "blocked": "yellow", "unknown": "yellow",
    "expired": "red", "revoked": "red", "quota spent": "yellow",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Harmless:
    """Anything that can be shown, with every text in it made harmless: cells, titles, bodies."""

    inner: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self.inner, options):
            yield Segment(text if control else harmless(text), style, control)


def console() -> Console:
    """Standard output; a pipe gets plain text, 100 columns wide unless COLUMNS says otherwise."""
    return Console(highlight=False, width=_width(sys.stdout))


def _width(stream: TextIO) -> int | None:
    return None if stream.isatty() or "COLUMNS" in os.environ else 100


def print_json(value: Any) -> None:
    """Any of our types: decimals and instants as text, dataclasses as objects."""
    text = json.dumps(json.loads(to_json(value)), indent=2, ensure_ascii=False)
    typer.echo(escaped(text))


def show(*parts: RenderableType) -> None:
    """Print renderables, one below the other."""
    _print(console(), parts)


def _print(out: Console, parts: Iterable[RenderableType]) -> None:
    """A text that must not be wrapped is left to the terminal: copied, it is still one line."""
    for part in parts:
        as_it_is = isinstance(part, Text) and bool(part.no_wrap)
        out.print(_Harmless(part), soft_wrap=as_it_is)


def table(*columns: str | tuple[str, dict[str, Any]], title: str = "") -> Table:
    """An empty table in the house style; a column is its heading, or (heading, rich options)."""
    made = Table(
        box=box.SIMPLE_HEAD,
        title=escape(title) or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        pad_edge=False,
        padding=(0, 1),
        show_edge=False,
    )
    for column in columns:
        heading, options = column if isinstance(column, tuple) else (column, {})
        made.add_column(heading, **options)
        made.expand = made.expand or "ratio" in options
    return made


def right(heading: str) -> tuple[str, dict[str, Any]]:
    """A column of numbers."""
    return heading, {"justify": "right", "no_wrap": True}


def short(heading: str, **options: Any) -> tuple[str, dict[str, Any]]:
    """A column that is never wrapped."""
    return heading, {"no_wrap": True, **options}


def long(heading: str, ratio: int = 1) -> tuple[str, dict[str, Any]]:
    """A column of prose that takes the room that is left."""
    return heading, {"ratio": ratio, "overflow": "fold"}


def clipped(heading: str, ratio: int = 1) -> tuple[str, dict[str, Any]]:
    """A column of which the beginning is enough."""
    return heading, {"ratio": ratio, "no_wrap": True, "overflow": "ellipsis"}


def state(word: str | None) -> Text:
    """A state in its colour."""
    text = word or ""
    return Text(text, style=STYLES.get(text.partition(",")[0], ""))


def plain(value: Any) -> Text:
    """A value as it is, never read as markup."""
    return Text("" if value is None else str(value))


def faint(value: Any) -> Text:
    """A value of less weight."""
    return Text("" if value is None else str(value), style="dim")


def money(amount: Decimal | None, currency: str | None) -> Text:
    """`1,234.50 EUR`, to the currency's own places."""
    if amount is None or currency is None:
        return Text("")
    number, _, unit = str(Money(amount=amount, currency=currency)).partition(" ")
    whole, _, cents = number.partition(".")
    return Text(f"{int(whole):,}{'.' + cents if cents else ''} {unit}")


def span(length: timedelta) -> str:
    """`42 s`, `5 min`, `3 h`, `12 d`"""
    seconds = int(length.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{max(seconds, 0)} s"


def ago(instant: datetime | None, now: datetime) -> Text:
    """How long ago, or in how long."""
    if instant is None:
        return Text("never", style="dim")
    if instant > now:
        return Text(f"in {span(instant - now)}")
    return Text(span(now - instant))


def stamp(instant: datetime | None) -> Text:
    """An instant in UTC, to the second."""
    return Text(
        instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if instant else "", style="dim"
    )


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 message`, `2 messages`"""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def with_commands(words: str, style: str = "") -> Text:
    """Prose whose `commands` stand out."""
    text = Text(style=style)
    for number, part in enumerate(words.split("`")):
        text.append(part, style="bold" if number % 2 else "")
    return text


def facts(pairs: Iterable[tuple[str, RenderableType]]) -> Table:
    """Names on the left, values on the right."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(name, value)
    return made


def nothing(words: str) -> Text:
    """What is said when a list is empty."""
    return Text(words, style="dim")


def count_line(shown: int, limit: int, noun: str) -> Text:
    """Says how many there are, or that a list was cut off."""
    if shown < limit:
        return Text(counted(shown, noun), style="dim")
    return Text(f"the first {counted(shown, noun)}; more with --limit", style="dim")


def roomy() -> bool:
    """Whether there is room for columns that are good to have."""
    return console().width >= 100


def confirm(question: str, plan: Sequence[RenderableType], *, yes: bool) -> None:
    """Show on standard error what will be done, then ask.

    Raises Refused when the answer is no, or when nobody can answer and --yes is missing.
    """
    if yes:
        return
    out = Console(highlight=False, stderr=True, width=_width(sys.stderr))
    _print(out, plan)
    if not sys.stdin.isatty():
        raise Refused("nobody is here to answer: look at what it will do, then add --yes")
    if not typer.confirm(question, err=True):
        raise Refused("left as it is")
