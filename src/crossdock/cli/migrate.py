"""`crossdock migrate`"""

from typing import Annotated

import typer

from crossdock.bootstrap import database_url
from crossdock.cli.options import Json
from crossdock.cli.output import facts, plain, print_json, show
from crossdock.engine.migrations import runner
from crossdock.engine.store import Store
from crossdock.governance.connections import add_company, list_companies

FIRST_COMPANY = (1, "main", "Main company")


def migrate(
    company: Annotated[
        str, typer.Option(help="Name of company 1, made when there is no company yet.")
    ] = FIRST_COMPANY[2],
    json: Json = False,
) -> None:
    """Bring the database to the newest schema. Safe to run again, and from two places at once.

    The first run makes the schema [bold]crossdock[/], the role [bold]crossdock_app[/] and
    company 1.

    Examples:

      crossdock migrate

      CROSSDOCK_DATABASE_URL=postgresql://owner@db/erp crossdock migrate --company "Demo Ltd"
    """
    revision, known = prepare_database(database_url(), company)
    if json:
        print_json({"revision": revision, "companies": known})
        return
    companies = ", ".join(f"{c['company_id']} {c['name']}" for c in known)
    show(facts([("schema at revision", plain(revision)), ("companies", plain(companies))]))


def prepare_database(url: str, company: str) -> tuple[str, list[dict[str, object]]]:
    """Migrate, and make the first company; returns the revision and the companies."""
    revision = runner.migrate(url)
    with Store(url, size=1, name="crossdock migrate") as store, store.transaction() as tx:
        if not list_companies(tx):
            number, code, _ = FIRST_COMPANY
            add_company(tx, number, code, company)
        known = [
            {"company_id": c.company_id, "code": c.code, "name": c.name} for c in list_companies(tx)
        ]
    return revision, known
