"""`crossdock companies …`"""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from crossdock.cli.errors import Refused
from crossdock.cli.options import Json, Yes
from crossdock.cli.output import confirm, faint, plain, print_json, right, short, show, table
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
    yes: Yes = False,
) -> None:
    """Add a company, or rename it. Running workers see it after a restart.

    Example:

      crossdock companies add 2 nl "Demo Nederland B.V."
    """
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise typer.BadParameter("code and name cannot be empty")
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            known = {row.company_id: row for row in list_companies(tx)}
        before = known.get(number)
        _require_new_code(code, number, known.values())
        if before and (before.code, before.name) == (code, name):
            typer.echo(f"company {number} is {name} already")
            return
        if before:
            plan = f"Company {number} exists: {before.code} {before.name} → {code} {name}"
            confirm("Change it?", [plain(plan)], yes=yes)
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


def _require_new_code(code: str, number: int, known: Iterable[Any]) -> None:
    taken = next((c for c in known if c.code == code and c.company_id != number), None)
    if taken:
        raise Refused(f"{code!r} is the code of company {taken.company_id} ({taken.name}) already")
