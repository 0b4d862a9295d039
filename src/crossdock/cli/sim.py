"""`crossdock sim`: the promises under seeded faults, on production code."""

import os
import tempfile
from collections.abc import Set
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crossdock.cli.campaign_bar import campaign_bar
from crossdock.cli.errors import NOT_WELL
from crossdock.cli.interrupted import Interrupted, interruptible
from crossdock.cli.options import SEED_MAX, Json, Page, conclude, write_page
from crossdock.cli.output import print_json
from crossdock.cli.sim_tables import show_certificate, show_script, show_verdict
from crossdock.engine.clock import SystemClock
from crossdock.rehearsal.sim.attempts import play as play_attempts
from crossdock.rehearsal.sim.campaign import campaign
from crossdock.rehearsal.sim.certificate import Certificate, new_certificate
from crossdock.rehearsal.sim.climates import CLIMATES
from crossdock.rehearsal.sim.database import simulation_database
from crossdock.rehearsal.sim.day import DayPlan
from crossdock.rehearsal.sim.run import Simulator, Verdict
from crossdock.rehearsal.sim.shrink import shrink

app = typer.Typer(
    no_args_is_help=True,
    help="Whole days under faults: production code, virtual time, one history a seed.",
)
ORDERS = DayPlan().orders
Orders = Annotated[int, typer.Option(min=1, help="Orders that customers place.")]


@app.command()
def run(
    seed: Annotated[
        int,
        typer.Option(min=0, max=SEED_MAX, help="Which history. The same seed is the same history."),
    ],
    orders: Orders = ORDERS,
    climate: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(CLIMATES)}; default: the seed's own.")
    ] = None,
    calm: Annotated[bool, typer.Option("--calm", help="No fault strikes.")] = False,
    small: Annotated[
        bool, typer.Option("--shrink", help="When it fails: find the fewest faults that it needs.")
    ] = False,
    json: Json = False,
) -> None:
    """Play one seed and say what struck, where the orders came to rest and what broke.

    A shop, an Odoo, two warehouses, two receivers and two workers, interleaved at every statement
    and call. Invariants are checked after every step that changed something. Needs no deployment:
    it brings its own PostgreSQL. Exits with 1 when an invariant broke.

    Examples:

      crossdock sim run --seed 7

      crossdock sim run --seed 7 --shrink --json
    """
    if climate is not None and climate not in CLIMATES:
        raise typer.BadParameter(f"there is no {climate!r}", param_hint="--climate")
    day, chosen = DayPlan(orders=orders), CLIMATES[climate] if climate else None
    with interruptible(lambda: f"before the end of seed {seed}"), ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="crossdock-sim-"))
        url = stack.enter_context(simulation_database(Path(folder)))
        simulator = stack.enter_context(Simulator(url))
        verdict = simulator.run(seed, day, climate=chosen, faults_on=not calm)

        def play(spared: Set[str]) -> Verdict:
            return simulator.run(seed, day, spared, climate=chosen)

        script = shrink(verdict, play, _tell) if small and verdict.violation else None
    if json:
        needed = {"needed": script.needed} if script else {}
        print_json({**verdict.as_json(), **needed})
    else:
        show_verdict(verdict)
        if script:
            show_script(script)
    if verdict.violation:
        raise typer.Exit(NOT_WELL)


@app.command()
def certify(
    seeds: Annotated[int, typer.Option(min=1, help="How many histories.")] = 1000,
    first_seed: Annotated[int, typer.Option(min=0, max=SEED_MAX, help="The first of them.")] = 1,
    orders: Orders = ORDERS,
    processes: Annotated[
        int, typer.Option(min=1, help="Histories at once; each process has its own PostgreSQL.")
    ] = os.cpu_count() or 1,
    attempts: Annotated[
        int, typer.Option(min=0, help="Attempts of single effects, 5 % of them without a reply.")
    ] = 1_000_000,
    page: Page = None,
    json: Json = False,
) -> None:
    """Play many seeds and print a certificate: seeds, steps, faults struck, violations, commit.

    Takes a few seconds a seed and process, and half a minute for a million attempts. Exits with 1
    when an invariant broke. Ctrl-C prints (and writes) what was played so far and exits with 130.

    Examples:

      crossdock sim certify --seeds 1000

      crossdock sim certify --seeds 200 --first-seed 5001 --page certificate.md
    """
    certificate = new_certificate(first_seed, seeds, SystemClock().now())
    try:
        with interruptible(lambda: f"after {certificate.done} of {seeds} seeds"):
            _collect(certificate, processes, DayPlan(orders=orders))
            if attempts:
                certificate.attempts = play_attempts(attempts)
    except Interrupted:
        _print(certificate, json)
        if certificate.done:
            write_page(page, certificate.markdown())
        raise
    _print(certificate, json)
    conclude(page, certificate)


def _print(certificate: Certificate, json: bool) -> None:
    if json:
        print_json(certificate.as_json())
    else:
        show_certificate(certificate)


def _collect(certificate: Certificate, processes: int, day: DayPlan) -> None:
    verdicts = campaign(certificate.first_seed, certificate.seeds, processes, day)
    with campaign_bar("seeds", certificate.seeds) as advance, closing(verdicts):
        for verdict in verdicts:
            certificate.add(verdict)
            broken = f"seed {verdict.seed}: {verdict.violation}" if verdict.violation else ""
            advance(f"{len(certificate.violations)} violations", broken)


def _tell(tries: int, strikes: int) -> None:
    Console(stderr=True).print(f"shrinking: try {tries}, {strikes} faults left", end="\r")
