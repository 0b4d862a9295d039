"""`crossdock audit …`"""

from typing import Annotated

import typer

from crossdock.cli.errors import NOT_WELL, Refused
from crossdock.cli.options import Json, Limit
from crossdock.cli.output import (
    clipped,
    count_line,
    counted,
    faint,
    plain,
    print_json,
    right,
    short,
    show,
    stamp,
    state,
    table,
)
from crossdock.cli.session import open_store
from crossdock.governance.audit import AuditHead, AuditVerdict, has_entry, list_acts, verify_chain
from crossdock.governance.connections import list_companies
from crossdock.ops.known import require_known

app = typer.Typer(no_args_is_help=True, help="The record of every human act.")


@app.command("list")
def list_(
    subject: Annotated[
        str | None, typer.Option(help="Only acts on this: hold:12, message:7, connection:shop.")
    ] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Acts, newest first.

    Example:

      crossdock audit list --subject connection:shop
    """
    with open_store() as store, store.transaction() as tx:
        require_known(tx, subject=subject)
        found = list_acts(tx, subject=subject, limit=limit)
    if json:
        print_json(found)
        return
    made = table(
        right("No."),
        short("When (UTC)"),
        short("Who"),
        short("Act"),
        clipped("On", 2),
        clipped("Why"),
    )
    for a in found:
        made.add_row(
            faint(a.sequence), stamp(a.at), plain(a.principal), plain(a.action), plain(a.subject),
            faint(a.detail.get("why", "")),
        )  # fmt: skip
    show(made, count_line(len(found), limit, "act"))


@app.command()
def verify(
    head: Annotated[
        str, typer.Option(help="NUMBER:HASH noted earlier, to find a chain that was cut short.")
    ] = "",
    json: Json = False,
) -> None:
    """Recompute every company's chain of hashes; exits with 1 when an entry was altered.

    Note the head it prints somewhere else: only that shows later that newest entries were removed.

    Examples:

      crossdock audit verify

      crossdock audit verify --head 812:9f2c…
    """
    with open_store() as store, store.transaction() as tx:
        verdicts = [verify_chain(tx, c.company_id) for c in list_companies(tx)]
        kept = not head or has_entry(tx, _head(head))
        problem = "" if kept else f"entry {head} is gone: the chain was cut or written anew"
    if json:
        print_json(
            {"ok": not _broken(verdicts, problem), "head_problem": problem, "chains": verdicts}
        )
    else:
        for v in verdicts:
            found = state("failed").append(f", {v.broken}") if v.broken else state("ok")
            words = f"company {v.company_id}: {counted(v.entries, 'entry', 'entries')}, "
            show(plain(words).append_text(found))
            typer.echo(f"  head {v.head.sequence}:{v.head.hash}")
        show(*([state("failed").append(f", {problem}")] if problem else []))
    if _broken(verdicts, problem):
        raise typer.Exit(NOT_WELL)


def _broken(verdicts: list[AuditVerdict], problem: str) -> bool:
    return bool(problem) or any(v.broken for v in verdicts)


def _head(text: str) -> AuditHead:
    number, _, digest = text.partition(":")
    if not number.isdecimal() or not digest:
        raise Refused(f"--head {text!r} is not NUMBER:HASH, as `crossdock audit verify` prints it")
    return AuditHead(int(number), digest)
