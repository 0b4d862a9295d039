"""Workers and the API are killed −9 at random instants, and started again after a moment."""

import time

from crossdock.rehearsal.crashes.report import Plan, Report
from crossdock.rehearsal.crashes.site import Site, struck_site

BACK_AFTER_SECONDS = 1.5
AIM_SECONDS = 5.0


def play(plan: Plan, report: Report) -> None:
    """`rounds` blows; every third one is for the API."""
    with struck_site(plan, report, _strike):
        report.expect(report.done["of them in the middle of a call"], "no blow met a call")


def _strike(site: Site, number: int) -> None:
    api = number % 3 == 2
    struck = (
        site.api if api else (site.busy_worker(AIM_SECONDS) or site.chance.choice(site.workers))
    )
    site.plan.tell(f"blow {number + 1} of {site.plan.rounds}: {struck.name}")
    if not api and site.calls_of(struck):
        site.report.done["of them in the middle of a call"] += 1
    site.kill(struck)
    time.sleep(BACK_AFTER_SECONDS * site.chance.random())
    struck.start()
