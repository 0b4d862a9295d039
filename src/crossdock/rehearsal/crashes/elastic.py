"""One worker, a burst, three more workers, and one again: none is lost, none is doubled (D6)."""

from crossdock.rehearsal.children import Child
from crossdock.rehearsal.crashes.herald import SQL
from crossdock.rehearsal.crashes.report import Plan, Report
from crossdock.rehearsal.crashes.site import PATIENCE_SECONDS, Site, open_site

BURST = 30
MORE = 3
STOP_SECONDS = 60


def play(plan: Plan, report: Report) -> None:
    """`rounds` bursts."""
    with open_site(plan, report) as site:
        site.start_worker("worker-0")
        site.ready()
        with site.traffic():
            for number in range(plan.rounds):
                plan.tell(f"burst {number + 1} of {plan.rounds}")
                _burst(site, number)
            site.pause()
        site.settle()


def _burst(site: Site, number: int) -> None:
    before = site.ended()
    site.place(BURST)
    site.report.done["orders in bursts"] += BURST
    more = [site.start_worker(f"worker-{number}-{extra}") for extra in range(MORE)]
    site.report.done["workers added"] += len(more)
    site.until(lambda: _all_here(site, more), PATIENCE_SECONDS, f"{MORE} more workers at work")
    half = before + BURST // 2
    site.until(lambda: site.ended() >= half, PATIENCE_SECONDS, "half of the burst")
    for child in more:
        child.ask_to_stop()
    site.until(lambda: not any(c.alive for c in more), STOP_SECONDS, "the end of those asked to go")
    left = [child for child in more if child.process is not None and child.process.returncode == 0]
    site.report.done["workers that left when asked"] += len(left)
    site.report.expect(len(left) == MORE, f"only {len(left)} of {MORE} left with code 0")


def _all_here(site: Site, workers: list[Child]) -> bool:
    with site.store.transaction() as tx:
        here = {row.pid for row in tx.rows(SQL.workers_here)}
    return {child.process.pid for child in workers if child.process is not None} <= here
