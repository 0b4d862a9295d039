"""`python -m tests.sim.hunt`: plant each bug, play until an invariant breaks, print the table.

A long campaign; the suite plays only a few of them. `--page` writes the table into the docs.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, Queue

from crossdock.rehearsal.commit import commit_name
from crossdock.rehearsal.sim.database import simulation_database
from crossdock.rehearsal.sim.run import Simulator
from tests.sim.planted import BUGS
from tests.sim.planted.bug import PlantedBug

SEEDS = 200
TO_CATCH = 28


@dataclass(frozen=True, slots=True)
class Caught:
    """How one bug fared."""

    name: str
    origin: str
    what: str
    seeds: int
    """Played until it was caught, or all."""
    invariant: str
    """That caught it; empty when none did."""
    detail: str


def hunt(simulator: Simulator, bug: PlantedBug, seeds: int, first: int = 1) -> Caught:
    """Play until an invariant breaks."""
    for number in range(seeds):
        with simulator.altered(bug.schema, bug.mends), bug.planted():
            verdict = simulator.run(first + number)
        if verdict.violation:
            found = verdict.violation
            return Caught(bug.name, bug.origin, bug.what, number + 1, found.invariant, found.detail)
    return Caught(bug.name, bug.origin, bug.what, seeds, "", "")


def page(found: Mapping[str, Caught], seeds: int) -> str:
    """The table as a page of the docs; a bug that was not hunted yet says so."""
    caught = sum(1 for c in found.values() if c.invariant)
    short = [c for c in found.values() if not c.invariant and c.seeds < seeds]
    lines = [
        "# Planted bugs", "", "<!-- written by `python -m tests.sim.hunt`; do not edit -->", "",
        f"Does the simulation notice a bug? There are {len(BUGS)} that can be planted into the "
        f"production code. Of {len(found)} hunted so far, one at a time, {caught} were caught: an "
        f"invariant broke within {seeds} seeds (aim: {TO_CATCH}). Commit `{commit_name()}`.", "",
        *([_unfinished(short)] if short else []),
        "| Bug | Breaks | What | Caught by | Seeds |", "|---|---|---|---|---:|",
        *(_row(bug, found.get(bug.name)) for bug in BUGS.values()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _unfinished(short: Sequence[Caught]) -> str:
    names = ", ".join(f"`{c.name}` ({c.seeds})" for c in short)
    return f"Not caught, and not played to the end of the seeds: {names}.\n"


def _row(bug: PlantedBug, fate: Caught | None) -> str:
    how = (fate.invariant or "**nothing**") if fate else "not hunted yet"
    return f"| `{bug.name}` | {bug.origin} | {bug.what} | {how} | {fate.seeds if fate else ''} |"


def _take(names: "Queue[str]", seeds: int, kept: Path | None) -> list[Caught]:
    """One process: the next bug that nobody has taken, until there is none."""
    found = list[Caught]()
    with (
        tempfile.TemporaryDirectory(prefix="crossdock-hunt-") as folder,
        simulation_database(Path(folder)) as url,
        Simulator(url) as simulator,
        suppress(Empty),
    ):
        while True:
            found.append(hunt(simulator, BUGS[names.get_nowait()], seeds))
            _keep(found[-1], kept)
    return found


def _keep(caught: Caught, kept: Path | None) -> None:
    sys.stderr.write(f"{caught.name}: {caught.invariant or 'NOT CAUGHT'} ({caught.seeds})\n")
    if kept:
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"commit": commit_name(), **asdict(caught)}) + "\n")


def _all(names: Sequence[str], seeds: int, processes: int, kept: Path | None) -> Iterator[Caught]:
    """What was kept of an earlier hunt, then the others."""
    known = [c for c in _kept(kept) if c.name in names and (c.invariant or c.seeds >= seeds)]
    yield from known
    missing = [name for name in names if name not in {c.name for c in known}]
    with get_context("spawn").Manager() as manager, get_context("spawn").Pool(processes) as pool:
        queue = manager.Queue()
        for name in missing:
            queue.put(name)
        for found in pool.starmap(_take, [(queue, seeds, kept)] * processes):
            yield from found


def _kept(file: Path | None) -> Iterator[Caught]:
    """Of the code as it stands: another commit's say nothing about it."""
    lines = file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []
    for line in lines:
        finding = json.loads(line)
        if finding.pop("commit") == commit_name():
            yield Caught(**finding)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bugs", nargs="*", metavar="BUG", help="which; default: all")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="at most so many each")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="findings, line by line; those in it are kept")
    parser.add_argument("--page", type=Path, help="write the table there, as Markdown")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    options = parser.parse_args()
    names = options.bugs or list(BUGS)
    found = {c.name: c for c in _all(names, options.seeds, options.processes, options.keep)}
    ordered = [found[name] for name in names]
    text = page(found, options.seeds)
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    sys.stdout.write(json.dumps([asdict(c) for c in ordered], indent=2) if options.json else text)
    sys.exit(0 if sum(1 for c in ordered if c.invariant) >= min(TO_CATCH, len(names)) else 1)


if __name__ == "__main__":
    main()
