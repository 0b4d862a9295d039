"""Two hosts, and one is cut off from the database in mid-work; it still reaches the outside.

That is the worse half of a partition: a call that is in flight ends well, and its worker comes
back with the answer when another one has long taken the work over.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from crossdock.engine.store.owner import owner_transaction
from crossdock.rehearsal.children import Child
from crossdock.rehearsal.crashes.herald import SQL
from crossdock.rehearsal.crashes.network import Host, Network, network, relays
from crossdock.rehearsal.crashes.report import UNOWNED_SECONDS_MAX, Plan, Report
from crossdock.rehearsal.crashes.server import Server
from crossdock.rehearsal.crashes.site import Site, open_site

AIM_SECONDS = 10.0
BACK_SECONDS = 60
TAKEN_OVER = "from the cut to the takeover"
GOES_ON_SECONDS = 30


def play(plan: Plan, report: Report) -> None:
    """`rounds` cuts: in the middle of a call, and, every second time, of a transaction."""
    with network(2) as net, ExitStack() as stack:
        server = Server(plan.directory / "postgres")
        stack.callback(server.remove)
        listen_there(server, net)
        site = stack.enter_context(open_site(plan, report, server=server))
        url = by_network(site.house.url, net.address)
        workers = {host: _start(site, stack, host, url) for host in net.hosts}
        site.ready()
        with site.traffic():
            for number in range(plan.rounds):
                site.pause()
                host = net.hosts[number // 2 % 2]
                plan.tell(f"cut {number + 1} of {plan.rounds}")
                _cut_off(site, host, workers[host], in_transaction=number % 2 == 1)
            site.pause()
        site.settle()


def listen_there(server: Server, net: Network) -> None:
    """Let hosts of that network in; the server is started anew."""
    server.start()
    server.configure(listen_addresses=net.address)
    server.admit(net.range)
    server.stop_at_once()
    server.start()


def by_network(url: str, address: str) -> str:
    """The same database, as its hosts reach it."""
    parts = urlsplit(url)
    netloc = f"{parts.username}:{parts.password}@{address}:5432"
    return urlunsplit(parts._replace(netloc=netloc, query=""))


def _start(site: Site, stack: ExitStack, host: Host, url: str) -> Child:
    twins = [site.house.shop, *site.house.warehouses.values()]
    ports = [urlsplit(u).port or 0 for u in (*(t.url for t in twins), site.house.odoo.url)]
    stack.enter_context(relays(host, ports))
    there = ["-m", "crossdock.rehearsal.crashes.elsewhere", host.namespace]
    command = [*there, *site.worker_command()]
    return site.start_worker(f"worker-{host.namespace}", url, command)


def _cut_off(site: Site, host: Host, worker: Child, *, in_transaction: bool) -> None:
    if in_transaction:
        with _everybody_waits(site):
            waits = site.until(lambda: _waits(site, host), AIM_SECONDS, "a transaction that waits")
            site.report.done["hosts cut off in the middle of a transaction"] += waits
            host.pull_cable()
    else:
        busy = site.until(lambda: site.calls_of(worker), AIM_SECONDS, "a call in flight")
        site.report.done["hosts cut off in the middle of a call"] += busy
        host.pull_cable()
    began, ended = time.monotonic(), site.ended()
    limit = site.plan.lease_seconds + UNOWNED_SECONDS_MAX
    if site.until(lambda: not _holds(site, host, worker), limit, "the takeover of what it had"):
        site.report.slowest(TAKEN_OVER, time.monotonic() - began)
    site.until(lambda: site.ended() > ended, GOES_ON_SECONDS, "an order's end without that host")
    since = site.store.clock().now()
    host.plug_in()
    site.report.done["hosts plugged in again"] += 1
    site.until(lambda: _answers(site, host, since), BACK_SECONDS, "the return of the host")
    site.report.expect(worker.alive, "the worker of the host that was cut off ended")


@contextmanager
def _everybody_waits(site: Site) -> Iterator[None]:
    """Nobody can write a decision: each worker waits in the middle of its transaction."""
    with owner_transaction(site.house.url, "crossdock crashes") as tx:
        tx.run(SQL.nobody_decides)
        yield


def _waits(site: Site, host: Host) -> bool:
    with owner_transaction(site.house.url, "crossdock crashes") as tx:
        return bool(tx.rows(SQL.waits_for_lock, address=host.address))


def _answers(site: Site, host: Host, since: datetime) -> bool:
    """Whether a session of that host did something after that instant."""
    with owner_transaction(site.house.url, "crossdock crashes") as tx:
        return bool(tx.rows(SQL.answering_sessions, address=host.address, since=since)[0].n)


def _holds(site: Site, host: Host, worker: Child) -> bool:
    """Whether it has calls in flight or a transaction open, as the database sees it."""
    if site.calls_of(worker):
        return True
    with owner_transaction(site.house.url, "crossdock crashes") as tx:
        return bool(tx.rows(SQL.open_transactions, address=host.address))
