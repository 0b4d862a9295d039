"""`crossdock keys …`"""

from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text

from crossdock.cli.options import Company, Json, Yes
from crossdock.cli.output import (
    ago,
    confirm,
    faint,
    nothing,
    plain,
    print_json,
    right,
    short,
    show,
    state,
    table,
)
from crossdock.cli.session import company_of, open_store, whoami
from crossdock.governance.access import PERMISSIONS, Kind, Role
from crossdock.governance.api_keys import find_key, issue_key, list_keys, revoke_key
from crossdock.governance.audit import record_act
from crossdock.governance.principals import ensure_principal

app = typer.Typer(no_args_is_help=True, help="API keys: who may ask, with which role, until when.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key: a service or a person; made when new.")],
    role: Annotated[list[Role], typer.Option("--role", "-r", help="May be given several times.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it opens.")] = 365,
    person: Annotated[bool, typer.Option("--person", help="The name is a person's.")] = False,
    company: Company = None,
    json: Json = False,
) -> None:
    """Make an API key. It is printed once and kept only as a hash.

    A second key for the same name overlaps with the first: rotate without a gap, then revoke.

    Examples:

      crossdock keys create portal --role integration

      crossdock keys create anna --person --role order_desk --days 90

      KEY=$(crossdock keys create portal -r integration --json | jq -r .key)
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            company_id = company_of(tx, company)
            kind = Kind.PERSON if person else Kind.SERVICE
            owner = ensure_principal(
                tx, company_id=company_id, name=name, kind=kind, roles=role, now=now
            )
            key = issue_key(tx, owner, expires_at=now + timedelta(days=days), now=now)
            record_act(
                tx,
                company_id=company_id,
                principal=whoami(),
                action="key.create",
                subject=f"key:{key.key_id}",
                now=now,
                detail={"for": name, "roles": sorted(owner.roles), "expires_at": key.expires_at},
            )
    if json:
        made = {"key": key.text, "key_id": key.key_id, "expires_at": key.expires_at}
        print_json(made | {"principal": name, "roles": sorted(owner.roles)})
        return
    typer.echo(key.text)
    note = f"shown once; for {name} ({', '.join(sorted(owner.roles))}) until "
    typer.secho(f"{note}{key.expires_at.date()}", dim=True, err=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the keys, never their secrets.

    Example:

      crossdock keys list
    """
    with open_store() as store:
        now = store.clock().now()
        with store.transaction() as tx:
            found = list_keys(tx)
    if json:
        print_json(
            [{f: getattr(k, f) for f in k.__slots__} | {"state": k.state(now)} for k in found]
        )
        return
    if not found:
        show(nothing("no keys yet: `crossdock keys create --help`"))
        return
    made = table(
        short("Key"),
        short("Of"),
        short("Roles"),
        short("State"),
        short("Until"),
        right("Age"),
    )
    for k in found:
        made.add_row(
            plain(k.key_id), plain(k.principal), faint(", ".join(k.roles)), state(k.state(now)),
            faint(k.expires_at.date()), ago(k.created_at, now),
        )  # fmt: skip
    show(made)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="As `crossdock keys list` shows it.")],
    yes: Yes = False,
) -> None:
    """Revoke a key: from now on it opens nothing. This cannot be undone.

    Example:

      crossdock keys revoke k3f9x2m4q7ab
    """
    with open_store() as store:
        with store.transaction() as tx:
            key = find_key(tx, key_id)
        plan = f"Key {key_id} of {key.principal} will open nothing from now on."
        confirm("Revoke it?", [plain(plan)], yes=yes)
        now = store.clock().now()
        with store.transaction() as tx:
            key = revoke_key(tx, key_id, now)
            record_act(
                tx,
                company_id=key.company_id,
                principal=whoami(),
                action="key.revoke",
                subject=f"key:{key_id}",
                now=now,
                detail={"of": key.principal},
            )
    typer.echo(f"key {key_id} of {key.principal} is revoked")


@app.command()
def roles(json: Json = False) -> None:
    """What each role may do.

    Example:

      crossdock keys roles
    """
    if json:
        print_json({role: sorted(PERMISSIONS[role]) for role in Role})
        return
    made = table(short("Role"), "May")
    for role in Role:
        may = ", ".join(p.replace("_", " ") for p in sorted(PERMISSIONS[role]))
        made.add_row(plain(role), Text(may, style="dim"))
    show(made)
