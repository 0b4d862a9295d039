"""A close as a person reads it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from rich.console import RenderableType
from rich.text import Text

from crossdock.cli.output import (
    ago,
    clipped,
    counted,
    faint,
    long,
    money,
    plain,
    right,
    short,
    stamp,
    state,
    table,
    with_commands,
)
from crossdock.domain.money import Money
from crossdock.ops.close_result import (
    Account,
    Close,
    CloseRun,
    HoldAccount,
    OpenItem,
    Statement,
)
from crossdock.ops.reconciliation.comparison import Compared
from crossdock.ops.reconciliation.difference import Difference


def render(found: CloseRun, now: datetime, limit: int) -> list[RenderableType]:
    """The page: what came, what was done, what is held, what is open, what differs."""
    close = found.close
    return [
        _head(found),
        Text(),
        *_messages(close.accounts),
        *_effects(close.accounts),
        *_holds(close.accounts),
        *_open(close, now, limit),
        *_compared(close.compared),
        *_statements(close.statements),
        *_differences("Difference", close.differences, "red"),
        *_differences("In flight", close.in_flight, "yellow"),
        _verdict(close),
    ]


def _head(found: CloseRun) -> Text:
    close = found.close
    head = Text(f"Close of {close.day:%A, %d %B %Y}", style="bold")
    head.append(f"  {close.scope or counted(len(close.accounts), 'connection')}", style="not bold")
    kept = "unchanged since" if found.repeated else "closed"
    head.append(f"\nrun {found.run_id}, {kept} ", style="not bold dim")
    head.append_text(stamp(found.closed_at))
    head.append(f" UTC by {found.closed_by}, audit entry {found.audit_sequence}", "not bold dim")
    return head


def _messages(accounts: Iterable[Account]) -> list[RenderableType]:
    made = table(
        short("Messages"), right("Received"), right("= Repeats"), right("Done"),
        right("Duplicate"), right("Stale"), right("Rejected"), right("+ Open"), short(""),
        right("Older"), right("Refused"),
    )  # fmt: skip
    for a in accounts:
        m = a.messages
        made.add_row(
            plain(a.connection), _count(m.arrivals), _count(m.repeats), _count(m.done),
            _count(m.duplicate), _count(m.stale), _count(m.rejected), _open_count(m.open),
            _proof(m.balanced), _open_count(m.carried), _count(sum(a.refused.values())),
        )  # fmt: skip
    return [made, Text()]


def _effects(accounts: Iterable[Account]) -> list[RenderableType]:
    made = table(
        short("Effects"), right("Made"), right("= Done"), right("Rejected"), right("Withdrawn"),
        right("+ Open"), short(""), right("Older"),
    )  # fmt: skip
    for a in accounts:
        e = a.effects
        made.add_row(
            plain(a.connection), _count(e.made), _count(e.done), _count(e.rejected),
            _count(e.withdrawn), _open_count(e.open), _proof(e.balanced), _open_count(e.carried),
        )  # fmt: skip
    return [made, Text()]


def _holds(accounts: Iterable[Account]) -> list[RenderableType]:
    rows = [(a.connection, h) for a in accounts for h in a.holds]
    if not rows:
        return []
    made = table(
        short("Questions"), right("Opened"), right("Value"), right("Closed"), right("Value"),
        right("Still open"), right("Value"),
    )  # fmt: skip
    for connection, h in rows:
        made.add_row(
            plain(connection), _count(h.opened), _worth(h.opened_value, h), _count(h.closed),
            _worth(h.closed_value, h), _open_count(h.open), _worth(h.open_value, h),
        )  # fmt: skip
    return [made, Text()]


def _open(close: Close, now: datetime, limit: int) -> list[RenderableType]:
    if not close.open:
        return []
    made = table(
        short("Open"), right("ID"), short("State"), short("Owner"), right("Age"), right("Value"),
        clipped("About", 2), clipped("Why", 3),
    )  # fmt: skip
    for item in close.open[:limit]:
        made.add_row(
            faint(item.name), plain(item.id), state(item.state), _owner(item),
            ago(item.since, now), _money(item.value), plain(item.work_key), faint(item.reason),
        )  # fmt: skip
    shown = min(limit, len(close.open))
    more = [] if shown == close.open_count else [
        faint(f"the first {shown:,} of {close.open_count:,} open; more with --limit")
    ]  # fmt: skip
    return [made, *more, Text()]


def _compared(compared: Sequence[Compared]) -> list[RenderableType]:
    if not compared:
        return []
    made = table(
        short("Compared"), short("Lists of"), right("Ours"), right("Theirs"), short(""),
        right("In flight"),
    )  # fmt: skip
    for c in compared:
        made.add_row(
            plain(c.connection), faint(f"{c.kind}s"), _count(c.ours), _count(c.theirs),
            _proof(c.ours == c.theirs), _open_count(c.in_flight),
        )  # fmt: skip
    return [made, Text()]


def _statements(statements: Sequence[Statement]) -> list[RenderableType]:
    if not statements:
        return []
    made = table(
        short("Signed"), right("Seen outside"), right("= Received"), right("= Ended"),
        right("+ Open"), right("Lost"), short(""),
    )  # fmt: skip
    for s in statements:
        signed = "signed" if s.signed else "not signed" if s.meter_alive else "meter dead"
        made.add_row(
            plain(s.connection), _count(s.seen) if s.seen is not None else faint("not listed"),
            _count(s.received), _count(s.ended), _open_count(s.open),
            Text(f"{s.lost:,}", style="bold red") if s.lost else _count(0),
            Text(signed, style="green" if s.signed else "bold red"),
        )  # fmt: skip
    return [made, Text()]


def _differences(
    title: str, differences: Sequence[Difference], colour: str
) -> list[RenderableType]:
    if not differences:
        return []
    made = table(
        short(title), short("At"), short("Of"), long("Ours"), long("Theirs"),
        right("Value"), short("Owner"), short("Lost where"),
    )  # fmt: skip
    for d in differences:
        made.add_row(
            Text(d.kind, style=colour), faint(d.connection), plain(d.key), plain(d.ours),
            plain(d.theirs), _money(d.value), plain(d.owner), faint(d.place.replace("_", " ")),
        )  # fmt: skip
    remedies = dict.fromkeys(d.remedy for d in differences)
    return [made, *(with_commands(f"→ {remedy}", "green") for remedy in remedies), Text()]


def _verdict(close: Close) -> Text:
    if close.clean:
        moving = counted(max(close.in_flight_count, len(close.in_flight)), "item")
        return Text("difference 0", style="bold green").append(
            f", {moving} in flight: close again" if close.in_flight else "", "not bold yellow"
        )
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for d in close.differences:
        if d.value is not None:
            sums[d.value.currency] += d.value.amount
    worth = ", ".join(money(amount, currency).plain for currency, amount in sorted(sums.items()))
    words = counted(close.difference, "difference") + (f", {worth}" if worth else "")
    return Text(words, style="bold red")


def _owner(item: OpenItem) -> Text:
    return plain(item.owner) if item.owner else Text("nobody", style="bold red")


def _proof(balanced: bool) -> Text:
    return Text("✓", style="green") if balanced else Text("✗", style="bold red")


def _count(number: int) -> Text:
    return Text(f"{number:,}" if number else "–", style="" if number else "dim")


def _open_count(number: int) -> Text:
    return Text(f"{number:,}" if number else "–", style="yellow" if number else "dim")


def _worth(amount: Decimal, of: HoldAccount) -> Text:
    return money(amount, of.currency) if amount else Text()


def _money(value: Money | None) -> Text:
    return money(value.amount, value.currency) if value else Text()
