"""`crossdock orders …`"""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from crossdock.cli.holds import render_holds
from crossdock.cli.options import ConnectionFilter, Json, Limit
from crossdock.cli.order_page import fulfilment_parts, order_lines
from crossdock.cli.output import (
    ago,
    clipped,
    count_line,
    facts,
    faint,
    money,
    nothing,
    plain,
    print_json,
    right,
    roomy,
    short,
    show,
    stamp,
    state,
    table,
)
from crossdock.cli.session import open_store
from crossdock.cli.timeline import render_timeline
from crossdock.ops.find import find_one
from crossdock.ops.known import require_known
from crossdock.ops.orders import OrderDetail, list_orders, order_detail
from crossdock.ops.timeline import timeline
from crossdock.processes.order_to_cash.order_status import DESCRIPTIONS, OrderStatus

app = typer.Typer(no_args_is_help=True, help="Orders: where each stands and what happened to it.")

AnyId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Any id that belongs to the order: its number or name on the channel, the customer's "
        "PO number, its name in Odoo, a work key, or message:N, effect:N, hold:N.",
    ),
]


@app.command("list")
def list_(
    status: Annotated[
        OrderStatus | None, typer.Option(help="Only orders that stand there.")
    ] = None,
    connection: ConnectionFilter = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Orders, newest first.

    Examples:

      crossdock orders list --status held

      crossdock orders list -c shop --json | jq '.[].erp_name'
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            require_known(tx, connection=connection)
            found = list_orders(tx, status=status, connection=connection, limit=limit)
    if json:
        print_json(found)
        return
    if not found:
        show(nothing("no such orders"))
        return
    made = table(
        short("Order"), short("Channel"), short("Status"), right("Total"), short("In Odoo"),
        right("Held"), right("Age"), *([clipped("Work key")] if roomy() else []),
    )  # fmt: skip
    for o in found:
        made.add_row(
            plain(o.name), faint(o.connection), state(o.status),
            money(o.total_amount, o.total_currency), plain(o.erp_name),
            plain(o.open_holds or ""), ago(o.created_at, now),
            *([faint(o.work_key)] if roomy() else []),
        )  # fmt: skip
    show(made, count_line(len(found), limit, "order"))


@app.command("show")
def show_(id_: AnyId, json: Json = False) -> None:
    """One order: parties, lines, money, why it was matched so, and what is open about it.

    Examples:

      crossdock orders show "#1001"

      crossdock orders show S00042 --json | jq .state.order.lines
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = order_detail(tx, find_one(tx, id_).work_key)
    if json:
        print_json(
            {
                "summary": found.summary,
                "state": found.state.model_dump(mode="json"),
                "holds": found.holds,
            }
        )
        return
    show(*_render(found, now))


@app.command("timeline")
def timeline_(id_: AnyId, json: Json = False) -> None:
    """One order's whole story in order of time: what came, what was decided, sent and observed.

    Examples:

      crossdock orders timeline PO-4711

      crossdock orders timeline effect:88
    """
    with open_store() as store, store.transaction() as tx:
        found = find_one(tx, id_)
        entries = timeline(tx, found.work_key)
    if json:
        print_json({"work_key": found.work_key, "found_by": found.by, "entries": entries})
        return
    show(
        Text.assemble((found.work_key, "bold"), (f"  found by {found.by}", "dim")),
        Text(),
        *render_timeline(entries),
    )


def _render(found: OrderDetail, now: datetime) -> list[RenderableType]:
    summary, kept, order = found.summary, found.state, found.state.order
    parts: list[RenderableType] = [
        Text.assemble((summary.name, "bold"), "  ", state(summary.status)),
        faint(DESCRIPTIONS.get(kept.status, "")),
        Text(),
        facts(
            [
                ("channel", plain(f"{kept.connection}, order {order.reference}")),
                ("buyer", plain(order.buyer.name or order.buyer.email)),
                ("ship to", plain(_place(found))),
                ("placed", stamp(order.placed_at)),
                ("received", stamp(summary.created_at)),
                (kept.erp, plain(_in_erp(found))),
                ("total", money(order.total.amount, order.total.currency)),
                ("work key", faint(summary.work_key)),
            ]
        ),
        Text(),
        order_lines(order),
        *fulfilment_parts(kept),
    ]
    if kept.explanation:
        parts += [Text(), *(Padding(faint(f"· {words}"), (0, 2)) for words in kept.explanation)]
    if found.holds:
        parts += [Text(), *render_holds(found.holds, now)]
    return parts


def _place(found: OrderDetail) -> str:
    order = found.state.order
    address = order.ship_to.address if order.ship_to else None
    if address is None:
        return "as the buyer"
    parts = (address.name, address.street, f"{address.postal_code} {address.city}", address.country)
    return ", ".join(part.strip() for part in parts if part.strip())


def _in_erp(found: OrderDetail) -> str:
    kept = found.state
    if kept.erp_name:
        return f"{kept.erp_name}, total {kept.erp_total}" if kept.erp_total else kept.erp_name
    if found.draft_effect is None:
        return "not there yet"
    return f"a draft is there, not yet taken over (effect {found.draft_effect} is done)"
