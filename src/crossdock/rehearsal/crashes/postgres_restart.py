"""PostgreSQL is stopped in immediate mode or killed −9 in mid-traffic, and started again."""

import time

from crossdock.engine.store import StoreUnavailable
from crossdock.rehearsal.crashes.report import UNOWNED_SECONDS_MAX, Plan, Report
from crossdock.rehearsal.crashes.site import Site, struck_site

LONG_OUTAGE_SECONDS = 75.0
"""Long enough for every pool to have lost patience."""


def play(plan: Plan, report: Report) -> None:
    """`rounds` outages: the second one by −9, the last one long when there are at least three."""
    with struck_site(plan, report, _outage) as site:
        alive = all(child.alive for child in [*site.workers, site.api])
        report.expect(alive, "a process ended instead of waiting for its database")


def _outage(site: Site, number: int) -> None:
    """The place of a call whose end could not be written is free when its lease ends: when all
    places of a connection are such, nothing goes to it before.
    """
    long = number == site.plan.rounds - 1 and number >= 2
    seconds = LONG_OUTAGE_SECONDS if long else site.chance.uniform(0, 3)
    site.plan.tell(f"outage {number + 1} of {site.plan.rounds}, {seconds:.0f} s")
    if number == 1:
        site.server.kill()
        site.report.done["PostgreSQL killed −9"] += 1
    else:
        site.server.stop_at_once()
        site.report.done["PostgreSQL stopped at once"] += 1
    heard = len(site.herald.acknowledged)
    time.sleep(seconds)
    site.server.start()
    back = time.monotonic()
    ended = _count(site)

    def goes_on() -> bool:
        return len(site.herald.acknowledged) > heard and _count(site) > max(0, ended)

    if site.until(goes_on, 90, "an acknowledgement and an order after the outage"):
        took = time.monotonic() - back
        site.report.slowest("from PostgreSQL's return to work", took)
        limit = site.plan.lease_seconds + UNOWNED_SECONDS_MAX
        site.report.expect(took <= limit, f"it took {took:.0f} s to work again after an outage")


def _count(site: Site) -> int:
    """Orders at their end, −1 while nobody can tell."""
    try:
        return site.ended()
    except StoreUnavailable:
        return -1
