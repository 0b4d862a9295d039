"""The sessions on which workers hear notifications go dead without FIN or RST."""

import time

from crossdock.rehearsal.crashes.cable import Cable
from crossdock.rehearsal.crashes.report import Plan, Report
from crossdock.rehearsal.crashes.site import Site, open_site

WORKERS = 2
LISTENING = b"worker listen"
"""In the startup message of such a session: its application's name."""
GOES_ON_SECONDS = 40
HEARS_AGAIN_SECONDS = 30
HEARS = "from the cut to hearing again"


def play(plan: Plan, report: Report) -> None:
    """`rounds` cuts of every listening session; all other sessions stay whole."""
    with open_site(plan, report) as site, Cable(site.server.socket) as cable:
        for number in range(WORKERS):
            site.start_worker(f"worker-{number}", cable.database_url(site.house.url))
        site.ready()
        with site.traffic():
            for number in range(plan.rounds):
                site.pause()
                plan.tell(f"cut {number + 1} of {plan.rounds}")
                _cut(site, cable)
            site.pause()
        site.settle()


def _cut(site: Site, cable: Cable) -> None:
    ended = site.ended()
    cut = cable.cut_open(LISTENING)
    began = time.monotonic()
    site.report.done["listening sessions cut"] += cut
    site.report.expect(cut == WORKERS, f"{cut} sessions listened, not {WORKERS}")
    site.until(lambda: site.ended() > ended, GOES_ON_SECONDS, "an order's end while deaf")
    if site.until(lambda: cable.alive(LISTENING) == WORKERS, HEARS_AGAIN_SECONDS, "listening anew"):
        site.report.slowest(HEARS, time.monotonic() - began)
