"""Workers are frozen in mid-work, longer than their leases last, and thawed again.

A virtual machine that is moved, a laptop that is closed: the process knows nothing of the time that
went by, and goes on with what others have finished meanwhile.
"""

import os
import signal
import time

from crossdock.rehearsal.children import Child
from crossdock.rehearsal.crashes.report import UNOWNED_SECONDS_MAX, Plan, Report
from crossdock.rehearsal.crashes.site import Site, struck_site

AIM_SECONDS = 10.0
GOES_ON_SECONDS = 40
TAKEN_OVER = "from the frost to the takeover"


def play(plan: Plan, report: Report) -> None:
    """`rounds` frosts, each in the middle of a call."""
    with struck_site(plan, report, _freeze):
        pass


def _freeze(site: Site, number: int) -> None:
    site.plan.tell(f"frost {number + 1} of {site.plan.rounds}")
    worker = site.busy_worker(AIM_SECONDS)
    if worker is None:
        site.report.failures.append("no worker was in the middle of a call")
        return
    _signal(worker, signal.SIGSTOP)
    try:
        site.report.done["workers frozen in the middle of a call"] += site.calls_of(worker) > 0
        began, ended = time.monotonic(), site.ended()
        limit = site.plan.lease_seconds + UNOWNED_SECONDS_MAX
        if site.until(lambda: not site.calls_of(worker), limit, "the takeover of its calls"):
            site.report.slowest(TAKEN_OVER, time.monotonic() - began)
        site.until(lambda: site.ended() > ended, GOES_ON_SECONDS, "an order's end without it")
    finally:
        _signal(worker, signal.SIGCONT)
    site.report.done["workers thawed"] += 1


def _signal(worker: Child, number: int) -> None:
    assert worker.process is not None
    os.kill(worker.process.pid, number)
