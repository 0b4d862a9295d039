"""The demo: a whole Crossdock on this machine plays a seeded trading day.

scripts/demo                              plays, then serves until Ctrl-C
scripts/demo --once [--orders N] [--seed N]   plays, reckons, ends: exit code 0 only when the
                                          shop, the ledger and Odoo agree and nothing is unowned
"""

import argparse
import json
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from crossdock.bootstrap import home, open_deployment
from crossdock.engine.registry import Registry
from crossdock.engine.store import Store
from crossdock.ops.close import close_day, scope_of
from crossdock.ops.close_result import CloseRun
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.word import Word
from crossdock.rehearsal import order_desk, trading_day
from crossdock.rehearsal.demo_close import show_close
from crossdock.rehearsal.demo_report import show
from crossdock.rehearsal.house import House, arm_webhooks, rehearsal_house
from crossdock.rehearsal.mortal_worker import deaths
from crossdock.rehearsal.reckoning import Reckoning, reckon
from crossdock.rehearsal.trading_day import Day, Tell

SETTINGS = {
    "unknown_customer": "create",
    "unknown_ship_to": "create",
    "total_tolerance": "0.05",
    "warehouses": "annex=LADDER-*, annex=HOSE-*, hall",
}
WAREHOUSES = {
    "hall": {"short_picks": 0.06, "split_parcels": 0.15, "two_shipments": 0.15},
    "annex": {"short_picks": 0.03, "split_parcels": 0.05, "two_shipments": 0.05},
}
"""How the demo's two warehouses work, as shares of their fulfilment orders."""
PATIENCE_SECONDS = 600
SERVE_SECONDS_BETWEEN_ORDERS = 5


def arguments() -> argparse.Namespace:
    """What the command line asks for; ends the program when it cannot be read."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="play, reckon and end")
    parser.add_argument("--orders", type=int, default=200, help="orders of the day (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another day")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument(
        "--no-faults", action="store_true", help="a day without lost or doubled messages"
    )
    parser.add_argument(
        "--kill",
        type=int,
        default=0,
        metavar="N",
        help="kill workers -9, N times at each of three places",
    )
    parser.add_argument("--directory", type=Path, default=None, help="where data and logs go")
    parser.add_argument("--json", action="store_true", help="print the reckoning as JSON")
    return parser.parse_args()  # fmt: skip


def main() -> int:
    """Returns the exit code."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(stderr=options.json)
    directory = options.directory or home() / "demo"
    began = time.monotonic()
    with console.status("Starting PostgreSQL, the twins of shop, Odoo and warehouses, the API …"):
        twins = {n: ["--behaviour", json.dumps(shares)] for n, shares in WAREHOUSES.items()}
        context = rehearsal_house(directory, seed=options.seed, settings=SETTINGS, warehouses=twins)
        house = context.__enter__()
    try:
        with Store(house.url, size=4, name="crossdock demo") as store:
            result = _day(house, store, options, console)
            with open_deployment(house.url, size=2, name="crossdock close") as deployment:
                closed = close_today(store, deployment.registry)
            struck = deaths(directory / "deaths") if options.kill else {}
            if options.json:
                sys.stdout.write(
                    json.dumps(
                        {**result.as_json(), "deaths": struck, "close": asdict(closed.close)},
                        default=str,
                    )
                    + "\n"
                )
            show_close(console, closed)
            show(console, result, house, seconds=time.monotonic() - began, struck=struck)
        if not options.once:
            _serve(house, console)
        return 0 if result.even and closed.close.clean else 1
    finally:
        context.__exit__(None, None, None)


def close_today(store: Store, registry: Registry) -> CloseRun:
    """The close of the day, as `crossdock close` makes it."""
    now = store.clock().now()
    word = Word("demo", now, "the demo's close")
    return close_day(store, scope_of(registry, 1, None, "", now), word, compare_books)


def _day(house: House, store: Store, options: argparse.Namespace, console: Console) -> Reckoning:
    trading_day.prepare(house)
    ledger = house.directory / "deaths"
    ledger.unlink(missing_ok=True)
    mortal = ["-m", "crossdock.rehearsal.mortal_worker", "--ledger", str(ledger)]
    mortal += ["--chance", "0.10", "--most", str(options.kill)]
    for number in range(options.workers):
        house.start_worker(number, mortal if options.kill else None)
    arm_webhooks(house)
    day = Day(options.orders, options.seed, faults=not options.no_faults)
    with (
        _successors(house, mortal if options.kill else None),
        _bars(console, options.orders) as tell,
    ):
        trading_day.first_sweep(house, store, PATIENCE_SECONDS)
        if day.faults:
            trading_day.strike(house, options.seed)
        trading_day.play(house, day, tell)
        trading_day.settle(house, store, tell, PATIENCE_SECONDS)
        trading_day.calm(house)
        with open_deployment(house.url, size=2, name="crossdock order desk") as deployment:
            mended = order_desk.work_until_found(
                store, deployment.registry, house,
                lambda: trading_day.settle(house, store, tell, PATIENCE_SECONDS),
            )  # fmt: skip
    if mended:
        words = ", ".join(
            f"{count} × {code.replace('_', ' ')}" for code, count in sorted(mended.items())
        )
        console.print(f"The order desk worked its queue: {words}")
    return reckon(house, store)


@contextmanager
def _successors(house: House, arguments_of_mortal: list[str] | None) -> Iterator[None]:
    """Replace workers that were killed."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            for number, child in enumerate(list(house.workers)):
                if not child.alive:
                    house.workers.remove(child)
                    house.start_worker(number, arguments_of_mortal)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(5)


@contextmanager
def _bars(console: Console, orders: int) -> Iterator[Tell]:
    """Three bars: placed at the shop, taken by us, done."""
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        names = {
            "placed": "placed at the shop",
            "taken": "taken in",
            "done": "done in every system",
        }
        bars: dict[str, TaskID] = {k: progress.add_task(v, total=orders) for k, v in names.items()}

        def tell(step: str, done: int) -> None:
            progress.update(bars[step], completed=done)

        yield tell


def _serve(house: House, console: Console) -> None:
    environment = house.directory / "environment.sh"
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in house.environment.items()]
    environment.touch(mode=0o600)
    environment.write_text("".join(lines), encoding="utf-8")
    console.print(f"\nThe API answers on [bold]{house.api_url}[/].")
    console.print("An order arrives every few seconds. Look around from another terminal:\n")
    commands = f"    source {environment}\n    .venv/bin/crossdock orders list\n"
    console.print(commands, highlight=False, soft_wrap=True)
    console.print("Ctrl-C ends it.")
    try:
        while True:
            time.sleep(SERVE_SECONDS_BETWEEN_ORDERS)
            house.shop.post("orders", {"count": 1})
    except KeyboardInterrupt:
        console.print("Stopping …")


if __name__ == "__main__":
    sys.exit(main())
