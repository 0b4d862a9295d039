"""The tables of `crossdock orders show`: lines that add up to the total, and what was shipped."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from crossdock.cli.output import (
    clipped,
    faint,
    long,
    money,
    plain,
    right,
    short,
    stamp,
    state,
    table,
)
from crossdock.domain.fulfilment import WarehouseEvent, WarehouseEventKind
from crossdock.domain.sales_order import SalesOrder
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_state import SalesOrderState


def order_lines(order: SalesOrder) -> Table:
    """Lines, charges, taxes and what the channel rounded: the last row is their sum."""
    gross = order.prices_include_tax
    made = table(
        long("Line"), right("Quantity"), right("Unit price"), right("Discount"),
        right("Incl. tax" if gross else "Before tax"),
    )  # fmt: skip
    for line in order.lines:
        made.add_row(
            Text.assemble(line.product.label, (f"  {line.product.description}", "dim")),
            plain(line.quantity), _amount(line.unit_price), _less(line.allowance),
            _amount(line.net),
        )  # fmt: skip
    for charge in order.charges:
        made.add_row(
            Text.assemble(charge.kind, (f"  {charge.title}", "dim")), "", "",
            _less(charge.allowance), _amount(charge.amount - charge.allowance),
        )  # fmt: skip
    taxes = _taxes(order)
    for title, amount in taxes.items():
        made.add_row(_tax(title, amount, order), "", "", "", "" if gross else _amount(amount))
    apart = order.total.amount - _sum(order) - (0 if gross else sum(taxes.values(), Decimal(0)))
    if apart:
        made.add_row(faint("rounded by the channel"), "", "", "", _amount(apart))
    made.add_section()
    made.add_row(Text("Total", style="bold"), "", "", "", money(order.total.amount, order.currency))
    return made


def fulfilment_parts(kept: SalesOrderState) -> list[RenderableType]:
    """What each warehouse was given and has shipped, what was given up, and the invoices."""
    progress = kept.progress
    names = {line.line_id: line.product.label for line in kept.order.lines}
    parts: list[RenderableType] = []
    if progress.fulfilments:
        made = table(short("Fulfilment"), short("Warehouse"), short("State"), long("Lines"))
        for each in progress.fulfilments:
            made.add_row(
                plain(each.fulfilment_id), plain(each.warehouse), state(_condition(each)),
                plain(_lines(each.ordered, names)),
            )  # fmt: skip
        parts += [Text(), made]
    if progress.shipments:
        made = table(
            short("Shipment"), short("When (UTC)"), clipped("Carrier and tracking"), long("Lines")
        )
        for fulfilment, event in progress.shipments:
            made.add_row(
                plain(event.shipment_id or fulfilment.fulfilment_id), stamp(event.occurred_at),
                plain(_tracking(event)), plain(_event_lines(event, names)),
            )  # fmt: skip
        parts += [Text(), made]
    if progress.given_up:
        parts += [Text(), plain(f"will not be shipped: {_lines(progress.given_up, names)}")]
    if progress.invoices:
        parts += [Text(), plain(f"invoiced in {kept.erp}: {', '.join(progress.invoices)}")]
    return parts


def _condition(fulfilment: Fulfilment) -> str:
    delivered = len(fulfilment.of_kind(WarehouseEventKind.DELIVERED))
    if fulfilment.refused:
        return "refused"
    if fulfilment.shipments:
        if delivered >= len(fulfilment.shipments) and fulfilment.ended:
            return "delivered"
        return "shipped" if fulfilment.ended else "partly shipped"
    if fulfilment.will_not_ship:
        return "cancelled"
    if fulfilment.begun:
        return "being picked"
    return "sent" if fulfilment.sent else "waiting"


def _lines(amounts: Mapping[str, Decimal], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names.get(n, n)} × {_bare(a)}" for n, a in amounts.items())


def _event_lines(event: WarehouseEvent, names: Mapping[str, str]) -> str:
    return ", ".join(
        f"{names.get(line.line_id, line.line_id)} × {_bare(line.quantity.amount)}"
        for line in event.lines
    )


def _tracking(event: WarehouseEvent) -> str:
    return ", ".join(
        " ".join(word for word in (p.carrier, p.tracking_number) if word) for p in event.parcels
    )


def _sum(order: SalesOrder) -> Decimal:
    lines = sum((line.net for line in order.lines), Decimal(0))
    return lines + sum((c.amount - c.allowance for c in order.charges), Decimal(0))


def _taxes(order: SalesOrder) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in order.items:
        for tax in item.taxes:
            found[f"{tax.title} {_bare(tax.rate * 100)} %"] += tax.amount
    return dict(found)


def _tax(title: str, amount: Decimal, order: SalesOrder) -> Text:
    words = Text.assemble("tax", (f"  {title}", "dim"))
    if order.prices_include_tax:
        words.append(f", {_amount(amount)} of it", style="dim")
    return words


def _amount(amount: Decimal) -> str:
    return f"{amount:,}"


def _less(allowance: Decimal) -> str:
    return f"−{allowance:,}" if allowance else ""


def _bare(number: Decimal) -> str:
    return f"{number.normalize():f}"
