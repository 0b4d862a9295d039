"""The schema moves on under traffic, and workers of two releases work side by side."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from crossdock.engine.store import StatementFailed, StoreUnavailable
from crossdock.engine.store.owner import owner_transaction
from crossdock.rehearsal.children import Child
from crossdock.rehearsal.crashes.herald import SQL
from crossdock.rehearsal.crashes.next_release import make_next_release
from crossdock.rehearsal.crashes.report import Plan, Report
from crossdock.rehearsal.crashes.site import Site, open_site

WORKERS = 2
LOOK_SECONDS = 0.05
READER_SECONDS = 5.0
"""A backup or a report that reads all messages, when the migration begins."""
STALL_SECONDS_MAX = 4.0
"""No statement of a worker may wait longer for the migration."""
TOGETHER_SECONDS = 90
MIGRATION_SECONDS_MAX = 120


def play(plan: Plan, report: Report) -> None:
    """One migration; `rounds` is not used."""
    path = make_next_release(plan.directory / "next-release")
    with open_site(plan, report) as site:
        older = [site.start_worker(f"older-{number}") for number in range(WORKERS)]
        site.ready()
        with site.traffic():
            site.pause()
            _migrate(site, path)
            _older_ones_go_on(site, older)
            newer = [
                site.start_worker(f"newer-{number}", PYTHONPATH=path) for number in range(WORKERS)
            ]
            _all_work(site, [*older, *newer])
            _an_older_one_refuses(site)
            for child in older:
                child.ask_to_stop()
            report.done["older workers replaced"] += len(older)
            site.pause()
        site.settle()


def _migrate(site: Site, path: str) -> None:
    """With the newer program, while somebody reads, and somebody asks all the time."""
    site.plan.tell("migrating under traffic")
    site.report.done["migrations"] += 1
    with _reader(site), _asker(site) as asked:
        began = time.monotonic()
        done = _crossdock(site, ["migrate"], {"PYTHONPATH": path}, MIGRATION_SECONDS_MAX)
        site.report.notes["of the migration, waiting for a reader"] = time.monotonic() - began
    site.report.expect(done.returncode == 0, f"the migration failed: {done.stderr[-500:]}")
    site.report.notes["of the longest wait of a statement meanwhile"] = asked.longest
    site.report.expect(
        asked.longest <= STALL_SECONDS_MAX, f"a statement waited {asked.longest:.1f} s meanwhile"
    )


@contextmanager
def _reader(site: Site) -> Iterator[None]:
    """Reads as a backup does, and goes on for some seconds after the migration waits for it."""
    reads = threading.Event()

    def read() -> None:
        with owner_transaction(site.house.url, "crossdock crashes") as tx:
            tx.rows(SQL.read_messages)
            reads.set()
            deadline = time.monotonic() + MIGRATION_SECONDS_MAX / 2
            while time.monotonic() < deadline and not tx.rows(SQL.waits_for_table):
                time.sleep(LOOK_SECONDS)
            site.report.done["of them met a reader"] += time.monotonic() < deadline
            time.sleep(READER_SECONDS)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    reads.wait(10)
    yield
    thread.join(MIGRATION_SECONDS_MAX)
    site.report.expect(site.report.done["of them met a reader"], "no migration met a reader")


@dataclass(slots=True)
class _Asker:
    """Asks a small question all the time, and how long the answer took."""

    site: Site
    longest: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        while not self.over.wait(0.05):
            began = time.monotonic()
            try:
                with self.site.store.transaction() as tx:
                    tx.rows(SQL.read_messages)
            except (StoreUnavailable, StatementFailed):
                self.longest = max(self.longest, STALL_SECONDS_MAX * 2)
            self.longest = max(self.longest, time.monotonic() - began)


@contextmanager
def _asker(site: Site) -> Iterator[_Asker]:
    asked = _Asker(site)
    thread = threading.Thread(target=asked.ask, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        asked.over.set()
        thread.join(30)


def _older_ones_go_on(site: Site, older: list[Child]) -> None:
    ended = site.ended()
    site.until(lambda: site.ended() > ended, 60, "an order's end by the older release")
    _all_work(site, older)


def _all_work(site: Site, workers: list[Child]) -> None:
    """Each of them finishes calls from now on."""
    since = site.store.clock().now()
    wanted = {child.process.pid for child in workers if child.process is not None}

    def everyone() -> bool:
        with site.store.transaction() as tx:
            found = {int(r.worker.split(":")[-2]) for r in tx.rows(SQL.callers, since=since)}
        return wanted <= found

    if site.until(everyone, TOGETHER_SECONDS, f"a call by each of {len(wanted)} workers"):
        site.report.done["workers at work after the migration"] = len(wanted)


def _an_older_one_refuses(site: Site) -> None:
    """Started anew, the older program says that it is older, instead of guessing."""
    done = _crossdock(site, ["worker"], {}, 60)
    refused = done.returncode != 0 and "newer Crossdock" in done.stderr
    site.report.expect(refused, f"an older worker that started anew said {done.stderr[-300:]!r}")
    site.report.done["older workers that refused to start anew"] += refused


def _crossdock(
    site: Site, words: list[str], more: Mapping[str, str], seconds: float
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "crossdock.cli", *words],
        env={**os.environ, **site.house.environment, **more}, capture_output=True, text=True,
        timeout=seconds, check=False,
    )  # fmt: skip
