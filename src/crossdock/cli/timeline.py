"""A timeline as lines: one block a day, one line an entry, its detail beneath."""

from collections import deque
from collections.abc import Iterable
from datetime import UTC
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from crossdock.cli.output import nothing, state
from crossdock.ops.timeline import Chapter, TimelineEntry

LOOK_BACK = 3
SHORT = 20
"""A longer detail that stood in one of the last lines is not said again."""
_STYLE = {
    Chapter.MESSAGE: "bold", Chapter.EVENT: "bold green", Chapter.EFFECT: "bold cyan",
    Chapter.HOLD: "bold yellow", Chapter.RELEASE: "yellow",
}  # fmt: skip


def render_timeline(entries: Iterable[TimelineEntry]) -> list[RenderableType]:
    """Oldest first; instants in UTC."""
    parts: list[RenderableType] = []
    for day, of_day in groupby(entries, key=lambda e: e.at.astimezone(UTC).date()):
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_column(justify="right", no_wrap=True)
        recent: deque[str] = deque(maxlen=LOOK_BACK)
        for entry in of_day:
            said = any(len(words) > SHORT and words in entry.detail for words in recent)
            grid.add_row(_time(entry), _what(entry), _story(entry, said), state(entry.state))
            recent.append(entry.detail)
        parts += [Text(f"{day} (UTC)", style="dim underline"), grid]
    return parts or [nothing("nothing recorded")]


def _time(entry: TimelineEntry) -> str:
    return entry.at.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]


def _what(entry: TimelineEntry) -> Text:
    return Text(f"{entry.chapter} {entry.id}", style="dim")


def _story(entry: TimelineEntry, said: bool) -> Text:
    text = Text(entry.title, style=_STYLE.get(entry.chapter, ""))
    if entry.connection:
        text.append(f"  {entry.connection}", style="dim not bold")
    if entry.detail and not said:
        text.append(f"\n{entry.detail}", style="dim not bold")
    return text
