"""`crossdock replay --since … --until …`: many messages at once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from crossdock.bootstrap import Deployment
from crossdock.cli.output import (
    clipped,
    confirm,
    counted,
    facts,
    faint,
    plain,
    print_json,
    right,
    short,
    show,
    stamp,
    state,
    table,
)
from crossdock.cli.session import open_all, word
from crossdock.ops.replay import Preview
from crossdock.ops.replay_window import (
    Change,
    Window,
    WindowCount,
    WindowPreview,
    change_of,
    count_window,
    preview_window,
    replay_window,
)


def preview_many(window: Window, *, limit: int, json: bool) -> None:
    """Show what a replay of the window would change."""
    with open_all() as deployment:
        window, count = _counted(deployment, window)
        with _progress("deciding", count.ended) as advance:
            found = preview_window(
                deployment.store, deployment.registry, deployment.clock, window,
                keep=limit, progress=advance,
            )  # fmt: skip
    if json:
        print_json(_plain(found, window, count))
    else:
        show(*_plan(window, count), Text(), *_rendered(found))


def replay_many(window: Window, why: str, *, yes: bool, json: bool) -> None:
    """Show how many there are, ask, and put them back in line."""
    with open_all() as deployment:
        window, count = _counted(deployment, window)
        question = f"Replay {counted(count.ended, 'message')}?"
        confirm(question, _plan(window, count), yes=yes or not count.ended)
        said = word(deployment.clock, why)
        with _progress("replaying", count.ended) as advance:
            done = replay_window(deployment.store, window, said, progress=advance)
    if json:
        left = {"on_their_way": count.on_their_way, "peoples": count.peoples}
        print_json({"replayed": done, **left, "window": window})
    else:
        verb = "is" if done == 1 else "are"
        show(plain(f"{counted(done, 'message')} {verb} in line again"))


def _counted(deployment: Deployment, window: Window) -> tuple[Window, WindowCount]:
    """What arrives from now on is not chased."""
    if window.connection:
        deployment.registry.by_name(window.connection)
    window = replace(window, until=min(window.until, deployment.clock.now()))
    with deployment.store.transaction() as tx:
        return window, count_window(tx, window)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where somebody looks at it."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    out = Console(stderr=True, highlight=False)
    with Progress(*columns, console=out, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)


def _plan(window: Window, count: WindowCount) -> list[RenderableType]:
    filters = [
        f"{name} {value}"
        for name in ("connection", "kind", "state")
        if (value := getattr(window, name))
    ]
    since = stamp(window.since) if window.since else faint("the beginning")
    lines: list[tuple[str, RenderableType]] = [
        ("from", since),
        ("until", stamp(window.until).append(" UTC")),
        ("only", plain(", ".join(filters) or "no filter")),
        ("messages", plain(f"{count.ended:,}")),
    ]
    if count.on_their_way:
        lines.append(("left out", plain(f"{count.on_their_way:,}, decided without a replay")))
    if count.peoples:
        words = f"{count.peoples:,}, asked of people or answered by them; see --state held, dead"
        lines.append(("left out", plain(words)))
    return [facts(lines)]


def _rendered(found: WindowPreview) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if found.changes:
        made = table(
            right("ID"), short("Message"), short("Document"), right("New effects"),
            clipped("About"),
        )  # fmt: skip
        for p in found.changes:
            made.add_row(
                plain(p.message_id), _move(p.message_before, p.message_after),
                _move(p.document_before or "none", p.document_after or "none"),
                plain(p.new_effects or "–"), faint(p.work_key),
            )  # fmt: skip
        parts += [made, Text()]
    changed = found.counts[Change.STATE] + found.counts[Change.EFFECTS]
    if changed > len(found.changes):
        parts.append(faint(f"the first {len(found.changes):,} of {changed:,}; more with --limit"))
    told = ", ".join(f"{found.counts[change]:,} {change}" for change in Change)
    effects = counted(found.new_effects, "new effect") if found.new_effects else "no new effect"
    return [*parts, Text(f"{told}; {effects} on outside systems", style="bold")]


def _move(before: str, after: str) -> Text:
    return state(after) if before == after else state(before).append(" → ").append_text(
        state(after)
    )  # fmt: skip


def _plain(found: WindowPreview, window: Window, count: WindowCount) -> dict[str, object]:
    return {
        "messages": count.ended,
        "on_their_way": count.on_their_way,
        "peoples": count.peoples,
        "window": window,
        **{change.name.lower(): found.counts[change] for change in Change},
        "new_effects": found.new_effects,
        "changes": [_plain_change(p) for p in found.changes],
    }


def _plain_change(preview: Preview) -> dict[str, object]:
    plainly = {name: getattr(preview, name) for name in Preview.__slots__}
    return {"change": change_of(preview), "new_effects": preview.new_effects, **plainly}
