"""The demo's last page: what happened, what was compared, what differs."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from crossdock.rehearsal.house import House
from crossdock.rehearsal.reckoning import Reckoning

DIFFERENCES_SHOWN = 20
CENTS_SHOWN = 4


def show(
    console: Console, result: Reckoning, house: House, *, seconds: float, struck: Mapping[str, int]
) -> None:
    """Print the day's reckoning."""
    console.print(_day_table(result, house, struck))
    console.print(_reckoning_table(result))
    for difference in result.differences[:DIFFERENCES_SHOWN]:
        console.print(
            f"  [red]≠[/] {difference.what} [bold]{difference.key}[/]: {difference.detail}"
        )
    if len(result.differences) > DIFFERENCES_SHOWN:
        console.print(f"  and {len(result.differences) - DIFFERENCES_SHOWN} more")
    if result.cents:
        words = _first([f"{name} {cents:+}" for name, cents in result.cents.items()], CENTS_SHOWN)
        console.print(
            f"{len(result.cents)} totals differ by cents of tax rounding, "
            f"within the tolerance and recorded: {words}"
        )
    verdict = (
        "[bold green]difference 0, nothing unowned[/]"
        if result.even
        else f"[bold red]{len(result.differences)} differences, {result.unowned} unowned[/]"
    )
    console.print(
        Panel(f"{verdict} — {result.shop_orders} orders in {seconds:.0f} s", expand=False)
    )


def _first(words: Sequence[str], shown: int) -> str:
    """`a, b and 28 more`"""
    more = f" and {len(words) - shown} more" if len(words) > shown else ""
    return ", ".join(words[:shown]) + more


def _day_table(result: Reckoning, house: House, struck: Mapping[str, int]) -> Table:
    table = Table(
        title="What the day threw at it",
        title_justify="left",
        show_header=False,
        box=None,
        padding=(0, 2),
    )
    webhooks = house.shop.get("webhooks")["counts"]
    for name in sorted(webhooks):
        table.add_row(f"webhooks {name}", str(webhooks[name]))
    for title, twin in (("Shopify", house.shop), ("Odoo", house.odoo_twin)):
        if twin is None:
            continue
        for kind, count in sorted(twin.get("faults")["struck"].items()):
            if " " not in kind:
                table.add_row(f"{title}: {kind.replace('_', ' ')}", str(count))
    for place, count in struck.items():
        table.add_row(f"workers killed {place.replace('_', ' ')}", str(count))
    table.add_row("effects adopted after an unknown outcome", str(result.adopted))
    return table


def _reckoning_table(result: Reckoning) -> Table:
    table = Table(title="The reckoning", title_justify="left", show_lines=False)
    table.add_column("shop", justify="right")
    table.add_column("ledger", justify="right")
    table.add_column("Odoo", justify="right")
    table.add_column("orders by status")
    table.add_column("messages by state")
    statuses = ", ".join(f"{n} {s}" for s, n in result.statuses.most_common())
    messages = ", ".join(f"{n} {s}" for s, n in result.messages.most_common())
    table.add_row(
        str(result.shop_orders),
        str(result.ledger_orders),
        str(result.odoo_orders),
        statuses,
        messages,
    )
    return table
