"""`crossdock stock location …`"""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from crossdock.cli.options import Company, Json, Why, Yes
from crossdock.cli.output import (
    confirm,
    counted,
    nothing,
    plain,
    print_json,
    short,
    show,
    stamp,
    table,
)
from crossdock.cli.session import company_of, open_store, word
from crossdock.ops.act import act
from crossdock.ops.stock_locations import (
    Disagreement,
    disagreements,
    remove_location,
    set_location,
)
from crossdock.processes.inventory.ledger.locations import (
    Authority,
    BadLocation,
    StockLocation,
    find_location,
    list_locations,
)

app = typer.Typer(
    no_args_is_help=True, help="The places goods stand at, and whose count each goes by."
)
SHOWN = 5

Name = Annotated[str, typer.Argument(help="The location, as people call it.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List the locations.

    Example:

      crossdock stock location list
    """
    with open_store() as store, store.transaction() as tx:
        found = list_locations(tx)
    if json:
        print_json(found)
        return
    if not found:
        show(nothing("no locations: nothing that is counted is summed yet"))
        return
    made = table(
        "Location", short("Goes by"), short("In the ERP"), short("Warehouse system"),
        short("Since (UTC)"),
    )  # fmt: skip
    for x in found:
        made.add_row(
            plain(x.name), plain(x.authority), plain(_in_erp(x)), plain(x.warehouse or "–"),
            stamp(x.created_at),
        )  # fmt: skip
    show(made)


@app.command("set")
def set_(
    name: Name,
    erp: Annotated[
        str | None, typer.Option(metavar="CONNECTION:CODE", help="Which warehouse of which ERP.")
    ] = None,
    warehouse: Annotated[
        str | None, typer.Option(metavar="CONNECTION", help="Which warehouse system runs it.")
    ] = None,
    goes_by: Annotated[
        Authority | None, typer.Option(help="Whose count is summed; needed where it has both.")
    ] = None,
    company: Company = None,
    why: Why = "",
    yes: Yes = False,
) -> None:
    """Make a location, or change it: what is not given stays as it was.

    Both sources are always kept; one of them counts. Before that changes, the SKUs are shown that
    they count differently.

    Examples:

      crossdock stock location set main --erp odoo:WH --warehouse wms --goes-by warehouse

      crossdock stock location set main --goes-by erp
    """
    with open_store() as store:
        with store.transaction() as tx:
            company_id = company_of(tx, company)
            known = list_locations(tx, company_id=company_id, name=name)
            before = known[0] if known else None
            wanted = _wanted(company_id, name, before, erp, warehouse, goes_by)
            differing = disagreements(tx, name)
        if before is not None and wanted.authority != before.authority:
            confirm(f"Let {name} go by the {wanted.authority}'s count?", _plan(differing), yes=yes)
        said = word(store.clock(), why)
        act(store, lambda tx: set_location(tx, wanted, said))
    typer.echo(f"{name} goes by the {wanted.authority}'s count")


@app.command()
def remove(name: Name, company: Company = None, why: Why = "", yes: Yes = False) -> None:
    """Remove a location: what its sources say is kept, and counts nowhere.

    Example:

      crossdock stock location remove annex
    """
    with open_store() as store:
        with store.transaction() as tx:
            company_id = company_of(tx, company)
            found = find_location(tx, company_id, name)
        plan = (
            f"{name} ({_in_erp(found)}, {found.warehouse or 'no warehouse system'}) counts no more."
        )
        confirm("Remove the location?", [plain(plan)], yes=yes)
        said = word(store.clock(), why)
        act(store, lambda tx: remove_location(tx, company_id, name, said))
    typer.echo(f"removed: {name}")


def _wanted(
    company_id: int,
    name: str,
    before: StockLocation | None,
    erp: str | None,
    warehouse: str | None,
    goes_by: Authority | None,
) -> StockLocation:
    connection, code = (before and (before.erp, before.erp_code)) or (None, None)
    if erp is not None:
        connection, _, code = erp.partition(":")
        if not connection or not code:
            raise BadLocation(f"--erp {erp}: give connection and code, as in odoo:WH")
    system = warehouse if warehouse is not None else before.warehouse if before else None
    if goes_by is None and before is not None:
        goes_by = before.authority
    if goes_by is None and connection and system:
        raise BadLocation(f"{name} has two sources: say which one counts, --goes-by erp|warehouse")
    if not connection and not system:
        raise BadLocation(f"{name} has no source: give --erp, --warehouse or both")
    authority = goes_by or (Authority.ERP if connection else Authority.WAREHOUSE)
    return StockLocation(company_id, name, authority, connection or None, code or None, system)


def _plan(differing: Sequence[Disagreement]) -> list[Text]:
    if not differing:
        return [plain("Both sources agree on every SKU.")]
    lines = [plain(f"{counted(len(differing), 'SKU')} will count differently:")]
    lines += [
        plain(f"  {one.sku}: ERP {_said(one.erp)}, warehouse {_said(one.warehouse)}")
        for one in differing[:SHOWN]
    ]
    if len(differing) > SHOWN:
        lines.append(plain(f"  … and {len(differing) - SHOWN:,} more"))
    return lines


def _said(amount: object) -> str:
    return "nothing" if amount is None else str(amount)


def _in_erp(location: StockLocation) -> str:
    return f"{location.erp}:{location.erp_code}" if location.erp else "–"
