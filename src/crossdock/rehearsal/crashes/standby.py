"""A synchronous standby takes over from a primary that is cut off, and the old one is fenced.

The old primary lives on with a worker of its side. It may confirm nothing: each commit waits for a
standby that never answers. What the other side acknowledged is on the new primary.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from crossdock.engine.migrations.runner import recreate_database
from crossdock.engine.store import StatementFailed, StoreUnavailable
from crossdock.engine.store.owner import owner_transaction
from crossdock.rehearsal.crashes.cable import Cable
from crossdock.rehearsal.crashes.herald import SQL
from crossdock.rehearsal.crashes.report import Plan, Report
from crossdock.rehearsal.crashes.server import Server
from crossdock.rehearsal.crashes.site import DATABASE, Site, open_site

WORKERS = 2
IN_STEP_SECONDS = 30
TCP_GIVES_UP_SECONDS = 25.0
"""As `NOTICES_A_DEAD_PEER` of the store tells the client's TCP."""
GOES_ON_SECONDS = 60
CONFIRMS_NOTHING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers, the cables to them, and the one between them."""

    primary: Server
    standby: Server
    to_primary: Cable
    between: Cable
    primary_url: str
    """By the old primary's own side."""
    url: str
    """Whichever of the two takes writes."""


def play(plan: Plan, report: Report) -> None:
    """One takeover."""
    with (
        _pair(plan) as pair,
        open_site(plan, report, server=pair.primary, url=pair.url) as site,
    ):
        for number in range(WORKERS):
            site.start_worker(f"worker-{number}")
        old_side = site.start_worker("worker-of-the-old-side", pair.primary_url)
        site.ready()
        with site.traffic():
            site.pause()
            _take_over(site, pair)
            _old_primary_confirms_nothing(site, pair)
            site.pause()
        if old_side.process is not None:
            old_side.process.kill()
        pair.primary.stop_at_once()
        site.settle()


@contextmanager
def _pair(plan: Plan) -> Iterator[Pair]:
    primary = Server(plan.directory / "postgres")
    with ExitStack() as stack:
        stack.callback(primary.remove)
        url = recreate_database(primary.start(), DATABASE)
        to_primary = stack.enter_context(Cable(primary.socket))
        between = stack.enter_context(Cable(primary.socket))
        follow = (
            f"host=127.0.0.1 port={between.port} user=crossdock password={primary.password} "
            "application_name=standby sslmode=disable gssencmode=disable"
        )
        standby = primary.standby(plan.directory / "standby", follow)
        stack.callback(standby.remove)
        to_standby = stack.enter_context(Cable(standby.socket))
        primary.configure(synchronous_standby_names="standby", synchronous_commit="on")
        primary.reload()
        both = to_primary.database_url(url, to_standby)
        yield Pair(primary, standby, to_primary, between, url, both)


def _take_over(site: Site, pair: Pair) -> None:
    """Cut the primary off from everybody but its own side, and promote the standby."""
    site.until(lambda: _in_step(pair), IN_STEP_SECONDS, "a synchronous standby")
    heard, ended = len(site.herald.acknowledged), site.ended()
    busy = site.busy_worker(10)
    site.plan.tell("the primary is cut off, the standby promoted")
    pair.to_primary.cut()
    pair.between.cut()
    site.report.done["primaries cut off"] += 1
    site.report.done["of them with calls in flight"] += busy is not None
    began = time.monotonic()
    pair.standby.promote()
    site.report.done["standbys promoted"] += 1
    site.report.notes["to promote"] = time.monotonic() - began
    time.sleep(max(0.0, TCP_GIVES_UP_SECONDS - site.report.notes["to promote"]))
    pair.to_primary.give_up()

    def goes_on() -> bool:
        return len(site.herald.acknowledged) > heard and _ended(site) > ended

    if site.until(goes_on, GOES_ON_SECONDS, "an acknowledgement and an order by the new primary"):
        site.report.notes["from the cut to work by the new primary"] = time.monotonic() - began


def _ended(site: Site) -> int:
    try:
        return site.ended()
    except StoreUnavailable:
        return 0


def _in_step(pair: Pair) -> bool:
    with owner_transaction(pair.primary_url, "crossdock crashes") as tx:
        return bool(tx.rows(SQL.synchronous_standbys))


def _old_primary_confirms_nothing(site: Site, pair: Pair) -> None:
    """A commit of its own side does not come back; the workers there wait likewise."""
    confirmed = threading.Event()

    def commit() -> None:
        try:
            with owner_transaction(pair.primary_url, "crossdock crashes") as tx:
                tx.run(SQL.write_something)
            confirmed.set()
        except (StoreUnavailable, StatementFailed):
            return  # the server was stopped under it

    threading.Thread(target=commit, daemon=True).start()
    refused = not confirmed.wait(CONFIRMS_NOTHING_SECONDS)
    site.report.expect(refused, "the old primary confirmed a commit after the takeover")
    site.report.done["commits the old primary did not confirm"] += refused
    with owner_transaction(pair.primary_url, "crossdock crashes") as tx:
        waiting = tx.rows(SQL.waiting_for_standby)[0].n
    site.report.done["sessions of its side that wait for the standby"] += waiting
    site.report.expect(waiting > 1, "no worker of the old side waits for the standby")
