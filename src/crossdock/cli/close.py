"""`crossdock close`"""

from typing import Annotated, Any

import typer

from crossdock.cli.close_tables import render
from crossdock.cli.errors import NOT_WELL
from crossdock.cli.options import Company, ConnectionFilter, Json, Limit, day
from crossdock.cli.output import print_json, show
from crossdock.cli.session import company_of, open_all, word
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction
from crossdock.ops.close import RUNS, close_day, last_close, scope_of
from crossdock.ops.close_result import CloseRun
from crossdock.ops.reconciliation.compare_books import compare_books


def close(
    date: Annotated[
        str | None, typer.Option(help="The day, as 2026-03-02; today without it.")
    ] = None,
    connection: ConnectionFilter = None,
    again: Annotated[
        bool, typer.Option("--show", help="Show how the day was closed last; close nothing.")
    ] = False,
    company: Company = None,
    limit: Limit = 20,
    json: Json = False,
) -> None:
    """Account for a day: every message, every effect, and what outside systems list.

    Signs seen outside = received = ended + open for each connection, names what is open with its
    owner, compares the lists of outside systems with our books, and says of whatever was lost at
    which place. The result is kept, with an entry in the audit; a close that finds the same again
    writes nothing. Exits with 1 unless difference is 0. A worker closes every day that has ended.

    Examples:

      crossdock close

      crossdock close --date 2026-03-02 --json | jq .close.differences

      crossdock close --date 2026-03-02 --show
    """
    with open_all() as deployment:
        now = deployment.clock.now()
        with deployment.store.transaction() as tx:
            number = _company(tx, deployment.registry, company)
        wanted = day("--date", date) if date is not None else None
        scope = scope_of(deployment.registry, number, wanted, connection or "", now)
        if again:
            found = last_close(deployment.store, scope)
        else:
            found = close_day(deployment.store, scope, word(deployment.clock), compare_books)
    if json:
        print_json(_plain(found))
    else:
        show(*render(found, now, limit))
    if not found.close.clean:
        raise typer.Exit(NOT_WELL)


def _company(tx: Transaction, registry: Registry, wanted: int | None) -> int:
    """The wanted one, or the only one that has connections."""
    having = {a.connection.company_id for a in registry.attached.values()}
    return having.pop() if wanted is None and len(having) == 1 else company_of(tx, wanted)


def _plain(found: CloseRun) -> dict[str, Any]:
    """As it is kept, with the sums."""
    plain: dict[str, Any] = RUNS.dump_python(found, mode="json")
    for told, account in zip(plain["close"]["accounts"], found.close.accounts, strict=True):
        told["messages"] |= {"ended": account.messages.ended, "open": account.messages.open}
    return {"difference": found.close.difference, **plain}
