"""The close of the demo's day, on half a page. `crossdock close` prints the whole of it."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from crossdock.ops.close_result import Close, CloseRun
from crossdock.ops.reconciliation.comparison import Compared


def show_close(console: Console, run: CloseRun) -> None:
    """Received = ended + open per connection, then list against list, then what differs."""
    close = run.close
    console.print(_accounts(close))
    for difference in close.differences[:20]:
        value = f" ({difference.value})" if difference.value else ""
        console.print(
            f"  [red]≠[/] {difference.kind} {difference.connection} [bold]{difference.key}[/]: "
            f"ours {difference.ours}, theirs {difference.theirs}{value}; "
            f"{difference.owner}: {difference.remedy}"
        )


def _accounts(close: Close) -> Table:
    table = Table(title="The close", title_justify="left", show_lines=False)
    for name in ("", "received", "= ended", "+ open", "effects"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_column("orders, shipments, invoices: ours = theirs")
    for account in close.accounts:
        messages = account.messages
        balance = (messages.arrivals, messages.ended, messages.open, account.effects.made)
        lists = [c for c in close.compared if c.connection == account.connection]
        pairs = (f"{c.ours} {_sign(c)} {c.theirs} {c.kind}s" for c in lists)
        table.add_row(account.connection, *(f"{n:,}" for n in balance), _joined(pairs))
    return table


def _sign(compared: Compared) -> str:
    return "=" if compared.ours == compared.theirs else "≠"


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)
