"""What a command works with: the database, the company, and who is asking."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from crossdock.bootstrap import Deployment, database_url, open_deployment
from crossdock.cli.errors import NoSuchName, Refused
from crossdock.engine.clock import Clock
from crossdock.engine.migrations.standing import require_ready
from crossdock.engine.store import Store, Transaction
from crossdock.governance.connections import list_companies
from crossdock.ops.logs import LogFormat, configure_logs
from crossdock.ops.word import Word

PRINCIPAL_VARIABLE = "CROSSDOCK_PRINCIPAL"


@contextmanager
def open_store() -> Iterator[Store]:
    """The deployment's database alone: enough to read and to write what needs no connector."""
    url = database_url()
    require_ready(url)
    with Store(url, size=2, name="crossdock command line") as store:
        yield store


@contextmanager
def open_all() -> Iterator[Deployment]:
    """The database with every connection's connector.

    A command says what went wrong in its answer; the log of a worker is not for its reader.
    """
    url = database_url()
    require_ready(url)
    with open_deployment(url, size=2, name="crossdock command line") as deployment:
        configure_logs(LogFormat.CONSOLE, level="critical")
        for name, reason in deployment.registry.left_out.items():
            typer.secho(f"warning: {name} is left out: {reason}", fg=typer.colors.YELLOW, err=True)
        yield deployment


def whoami() -> str:
    """Who is recorded in the audit: CROSSDOCK_PRINCIPAL, or the account this runs under."""
    return os.environ.get(PRINCIPAL_VARIABLE) or getpass.getuser()


def word(clock: Clock, why: str = "") -> Word:
    """This person's word, now."""
    return Word(whoami(), clock.now(), why)


def company_of(tx: Transaction, wanted: int | None) -> int:
    """The company a command is about: the wanted one, or the only one there is."""
    known: dict[int, str] = {
        row.company_id: f"{row.company_id} ({row.name})" for row in list_companies(tx)
    }
    if wanted is None and len(known) == 1:
        return next(iter(known))
    if wanted is None:
        raise Refused(f"there are {len(known)} companies: add --company with one of {_list(known)}")
    if wanted not in known:
        raise NoSuchName(f"no company {wanted}; there are {_list(known)}")
    return wanted


def _list(known: dict[int, str]) -> str:
    return ", ".join(known.values()) or "none (`crossdock companies add` makes one)"
