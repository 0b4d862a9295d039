"""`crossdock stock …`"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import typer
from rich.text import Text

from crossdock.cli import stock_locations
from crossdock.cli.errors import NoSuchName
from crossdock.cli.options import Json, Limit
from crossdock.cli.output import (
    ago,
    count_line,
    faint,
    nothing,
    plain,
    print_json,
    right,
    short,
    show,
    table,
    with_commands,
)
from crossdock.cli.session import open_store
from crossdock.processes.inventory.ledger.positions import (
    AVAILABLE,
    PlacedPosition,
    read_positions,
    unknown_places,
)

app = typer.Typer(
    no_args_is_help=True, help="What every system says of the stock, and whose word counts where."
)
app.add_typer(stock_locations.app, name="location")


@app.command("show")
def show_(
    sku: Annotated[str, typer.Argument(help="The SKU, as Odoo has it.")], json: Json = False
) -> None:
    """What each source says of one SKU, place by place, and which of it counts.

    A location goes by one source: the other one's numbers are shown faint.

    Example:

      crossdock stock show BOLT-M8
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = read_positions(tx, sku=sku)
    if not found:
        raise NoSuchName(
            f"no system has said anything of {sku!r}; `crossdock stock list` shows what is known"
        )
    if json:
        print_json([{**p._asdict(), "counts": p.counts} for p in found])
        return
    made = table(
        short("Location"),
        short("Source"),
        "Measure",
        right("Amount"),
        short("Unit"),
        short("Heard"),
    )
    for p in found:
        style = "" if p.counts else "dim"
        amount = Text(f"{p.amount.normalize():f}", style="red" if p.amount < 0 else style)
        made.add_row(
            Text(p.location or "–", style=style), Text(_source(p), style=style),
            Text(p.measure.replace("_", " "), style=style), amount, faint(p.unit),
            ago(p.as_of, now),
        )  # fmt: skip
    show(made, *_sums(found))


@app.command("list")
def list_(
    location: Annotated[str | None, typer.Option("--location", help="Only this one.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Only SKUs behind this one.")] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """What is available by SKU and location, as the source counts that the location goes by.

    Examples:

      crossdock stock list --location main

      crossdock stock list --after BOLT-M8 --json
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = read_positions(
                tx, location=location, after=after, limit=limit, measure=AVAILABLE, counting=True
            )
            strange = unknown_places(tx)
    if json:
        print_json([p._asdict() for p in found])
        return
    made = table("SKU", short("Location"), right("Available"), short("Unit"), short("Heard"))
    for p in found:
        amount = Text(f"{p.amount.normalize():f}", style="red" if p.amount < 0 else "")
        made.add_row(
            plain(p.sku), plain(p.location), amount, faint(p.unit), ago(p.as_of, now)
        )  # fmt: skip
    show(
        made if found else nothing("nothing counts yet"), count_line(len(found), limit, "position")
    )
    for place in strange:
        known_as = f"{place.connection}:{place.place}" if place.place else place.connection
        show(
            with_commands(
                f"{known_as} speaks of {place.skus:,} SKUs and no location names it: "
                "`crossdock stock location set`",
                style="yellow",
            )
        )


def _source(position: PlacedPosition) -> str:
    if position.place:
        return f"{position.connection}:{position.place}"
    return position.connection


def _sums(found: Sequence[PlacedPosition]) -> list[Text]:
    """One line a unit: what may be sold of it, as far as it is counted."""
    sums: dict[str, Decimal] = {}
    for p in found:
        if p.counts and p.measure == AVAILABLE:
            sums[p.unit] = sums.get(p.unit, Decimal(0)) + max(p.amount, Decimal(0))
    if not sums:
        return [
            with_commands("nothing of it counts: `crossdock stock location set`", style="yellow")
        ]
    return [plain(f"available where it counts: {amount:f} {unit}") for unit, amount in sums.items()]
