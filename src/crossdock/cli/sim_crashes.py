"""`crossdock sim crashes`: real processes, servers and networks are broken under traffic."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from crossdock.cli.errors import NoSuchName
from crossdock.cli.interrupted import Interrupted, interruptible
from crossdock.cli.options import SEED_MAX, Json, Page, conclude
from crossdock.cli.output import print_json, right, show, table
from crossdock.engine.clock import SystemClock
from crossdock.rehearsal.commit import commit_name
from crossdock.rehearsal.crashes.certificate import CrashCertificate
from crossdock.rehearsal.crashes.report import Plan, Report, Verdict
from crossdock.rehearsal.crashes.scenarios import SCENARIOS, Scenario, run


def crashes(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Which scenarios; all of them without one."),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Say which scenarios there are, and end.")
    ] = False,
    rounds: Annotated[
        int, typer.Option(min=0, help="Blows in each scenario; 0: as many as it says itself.")
    ] = 0,
    seed: Annotated[
        int, typer.Option(min=0, max=SEED_MAX, help="Another seed strikes at other instants.")
    ] = 1,
    page: Page = None,
    json: Json = False,
) -> None:
    """Break a real deployment in every way we know, under traffic, and print a certificate.

    Each scenario starts a PostgreSQL, twins, API and workers of its own, lets customers order, and
    strikes: processes are killed -9, servers stopped, cables cut. Afterwards every order must be
    at its end, the shop, the ledger and Odoo must agree, the twins' own logs must have each effect
    once, and nothing may have been without an owner for longer than 30 s after its lease. Needs no
    deployment. Takes one to five minutes a scenario. What this machine forbids is "not run".
    Exits with 1 when a scenario failed. Ctrl-C ends what runs, prints the scenarios that were
    played and exits with 130.

    Examples:

      crossdock sim crashes --list

      crossdock sim crashes kill postgres-restart --rounds 5

      crossdock sim crashes --page crash-certificate.md
    """
    chosen = _chosen(names or [])
    if listed:
        _show_list(json)
        return
    certificate = CrashCertificate(commit_name(), f"{SystemClock().now():%Y-%m-%d}")
    played = certificate.reports
    try:
        with interruptible(lambda: f"after {len(played)} of {len(chosen)} scenarios"):
            for scenario in chosen:
                played.append(_play(scenario, rounds or scenario.rounds, seed))
    except Interrupted:
        if played:
            _print(certificate, json)
        raise
    _print(certificate, json)
    conclude(page, certificate)


def _print(certificate: CrashCertificate, json: bool) -> None:
    if json:
        print_json(certificate.as_json())
    else:
        _show(certificate)


def _chosen(names: list[str]) -> list[Scenario]:
    for name in names:
        if name not in SCENARIOS:
            raise NoSuchName(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}")
    return [SCENARIOS[name] for name in names or SCENARIOS]


def _play(scenario: Scenario, rounds: int, seed: int) -> Report:
    errors = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="crossdock-crash-") as folder,
        errors.status(scenario.name) as status,
    ):

        def tell(words: str) -> None:
            status.update(f"{scenario.name}: {words}")
            if not errors.is_terminal:
                errors.print(f"{scenario.name}: {words}", highlight=False)

        return run(scenario, Plan(Path(folder), rounds, seed, tell=tell))


def _show_list(json: bool) -> None:
    if json:
        print_json(
            [{"name": s.name, "breaks": s.breaks, "rounds": s.rounds} for s in SCENARIOS.values()]
        )
        return
    found = table("scenario", "what breaks", right("rounds"))
    for scenario in SCENARIOS.values():
        found.add_row(scenario.name, scenario.breaks, str(scenario.rounds))
    show(found)


def _show(certificate: CrashCertificate) -> None:
    show(Text(f"commit {certificate.commit}, {certificate.made_at}"))
    found = table(
        "scenario", right("orders"), right("lost"), right("unowned s"), right("doubled"),
        right("differences"), "verdict",
    )  # fmt: skip
    for r in certificate.reports:
        found.add_row(
            r.name, f"{r.orders:,}", str(r.lost), f"{r.unowned_seconds:.1f}", str(len(r.doubled)),
            str(len(r.differences)), r.verdict,
        )  # fmt: skip
    show(found)
    for r in certificate.reports:
        done = [f"{count} × {what}" for what, count in r.done.items()]
        done += [f"{seconds:.1f} s {what}" for what, seconds in r.notes.items()]
        show(Text(f"{r.name}: {'; '.join(done) or r.not_run}"))
        for wrong in r.wrong():
            show(Text(f"  {Verdict.FAILED}: {wrong}", style="bold red"))
