"""`crossdock companies …`"""

from typing import Annotated

import typer

from crossdock.cli.options import Json
from crossdock.cli.output import faint, plain, print_json, right, short, show, table
from crossdock.cli.session import open_store, whoami
from crossdock.governance.audit import record_act
from crossdock.governance.connections import add_company, list_companies

app = typer.Typer(
    no_args_is_help=True, help="Companies of this deployment; each sees its own rows only."
)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the companies.

    Example:

      crossdock companies list
    """
    with open_store() as store, store.transaction() as tx:
        rows = list_companies(tx)
    if json:
        print_json([{"company_id": r.company_id, "code": r.code, "name": r.name} for r in rows])
        return
    made = table(right("No."), short("Code"), "Name")
    for row in rows:
        made.add_row(plain(row.company_id), faint(row.code), plain(row.name))
    show(made)


@app.command()
def add(
    number: Annotated[int, typer.Argument(min=1, help="The company's number, as in Odoo.")],
    code: Annotated[str, typer.Argument(help="A short code.")],
    name: Annotated[str, typer.Argument(help="Its name.")],
) -> None:
    """Add a company, or rename it. Running workers see it after a restart.

    Example:

      crossdock companies add 2 nl "Demo Nederland B.V."
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            add_company(tx, number, code, name)
            tx.for_companies([number])
            record_act(
                tx,
                company_id=number,
                principal=whoami(),
                action="company.add",
                subject=f"company:{number}",
                now=now,
                detail={"code": code, "name": name},
            )
    typer.echo(f"company {number} is {name}")
