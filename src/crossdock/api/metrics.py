"""Technical telemetry for Prometheus (requirement O1).

crossdock_received_total{connection}             arrivals answered 2xx
crossdock_duplicates_total{connection}           of these, arrivals of a message that was known
crossdock_refused_total{connection,reason}       bad_signature, too_large, too_slow, queue_full, …
crossdock_commit_arrivals                        arrivals per commit
crossdock_commit_seconds                         duration of a commit
crossdock_waiting_for_commit                     arrivals that wait for their commit now
crossdock_backlog{what}                          messages, effects and holds that are open
crossdock_connection_backlog{connection,what}    messages, effects, holds of one connection
crossdock_stream_age_seconds{connection,stream}  age of what a sweep keeps
crossdock_connection_down{connection}            1 while it does not answer and is left alone
crossdock_quota_taken{connection}                share of the day's quota that is taken
crossdock_ownerless                              open and nobody's: must be 0
crossdock_meter_alive{company,connection}        0 when its day was not signed in time: alert on it
crossdock_meter_signed_age_seconds{company,connection}
                                                 since a close last signed a day of it
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crossdock.api.hooks.door import Door
from crossdock.engine.commit_arrivals import Committed
from crossdock.ops.status import Status

GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
COMMIT_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """The gauges of one API process. `observe` is called from the committing thread."""

    def __init__(self, doors: Mapping[str, Door]) -> None:
        self.registry = CollectorRegistry()
        self._names = {d.attached.connection.connection_id: d.name for d in doors.values()}
        self._duplicates: Tally[str] = Tally()
        self._sizes = Histogram(
            "crossdock_commit_arrivals", "Arrivals per commit", buckets=GROUP_SIZES,
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "crossdock_commit_seconds", "Duration of a commit", buckets=COMMIT_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.registry.register(_Doors(doors.values(), self._duplicates))

    def observe(self, committed: Committed) -> None:
        self._sizes.observe(committed.size)
        self._seconds.observe(committed.seconds)
        for connection_id, count in committed.kept.duplicates_by_connection.items():
            if count:
                self._duplicates[self._names[connection_id]] += count


class _Doors(Collector):
    """Counters that the hook path keeps as plain numbers."""

    def __init__(self, doors: Iterable[Door], duplicates: Tally[str]) -> None:
        self._doors = tuple(doors)
        self._duplicates = duplicates

    def collect(self) -> Iterator[Metric]:
        label = ["connection"]
        received = CounterMetricFamily("crossdock_received", "Arrivals answered 2xx", labels=label)
        known = CounterMetricFamily(
            "crossdock_duplicates", "Arrivals of known messages", labels=label
        )
        refused = CounterMetricFamily(
            "crossdock_refused", "Arrivals answered 4xx or 5xx", labels=["connection", "reason"]
        )
        for door in self._doors:
            received.add_metric([door.name], door.received)
            known.add_metric([door.name], self._duplicates[door.name])
            for reason, count in sorted(door.refused.items()):
                refused.add_metric([door.name, reason], count)
        yield from (received, known, refused)


def backlog_gauges(status: Status, waiting_for_commit: int) -> list[Metric]:
    """Gauges read at the scrape."""
    backlog = GaugeMetricFamily("crossdock_backlog", "Open work", labels=["what"])
    for what, count in (
        ("messages", status.messages),
        ("effects", status.effects),
        ("holds", status.holds),
    ):
        backlog.add_metric([what], count)
    by_connection = GaugeMetricFamily(
        "crossdock_connection_backlog", "Open work by connection", labels=["connection", "what"]
    )
    for c in status.connections:
        by_connection.add_metric([c.name, "messages"], c.messages_waiting)
        by_connection.add_metric([c.name, "effects"], c.effects_waiting + c.effects_in_flight)
        by_connection.add_metric([c.name, "holds"], c.open_holds)
    ages = GaugeMetricFamily(
        "crossdock_stream_age_seconds", "Age of what a sweep keeps", labels=["connection", "stream"]
    )
    for s in status.streams:
        if s.as_of is not None:
            ages.add_metric([s.connection, s.stream], (status.at - s.as_of).total_seconds())
    waiting = GaugeMetricFamily(
        "crossdock_waiting_for_commit",
        "Arrivals that wait for their commit",
        value=waiting_for_commit,
    )
    ownerless = GaugeMetricFamily(
        "crossdock_ownerless", "Open and nobody's", value=status.ownerless
    )
    hindrances = _hindrances(status)
    return [backlog, by_connection, *hindrances, ages, waiting, ownerless, *_meter(status)]


def _meter(status: Status) -> list[Metric]:
    """Of the silent-loss meter, which tells of its own death nowhere else than here and in status.

    One that has signed nothing for two weeks, or ever, has no age.
    """
    labels = ["company", "connection"]
    alive = GaugeMetricFamily(
        "crossdock_meter_alive", "Its days are closed and signed in time", labels=labels
    )
    age = GaugeMetricFamily(
        "crossdock_meter_signed_age_seconds", "Since a close last signed a day of it", labels=labels
    )
    for signs in status.meter:
        values = [str(signs.company_id), signs.connection]
        alive.add_metric(values, int(not signs.dead))
        if signs.signed_at is not None:
            age.add_metric(values, (status.at - signs.signed_at).total_seconds())
    return [alive, age]


def _hindrances(status: Status) -> list[Metric]:
    down = GaugeMetricFamily(
        "crossdock_connection_down", "It does not answer and is left alone", labels=["connection"]
    )
    quota = GaugeMetricFamily(
        "crossdock_quota_taken", "Share of the day's quota that is taken", labels=["connection"]
    )
    for c in status.connections:
        down.add_metric([c.name], int(c.down_since is not None))
        if c.quota_per_day:
            quota.add_metric([c.name], (c.quota_taken or 0) / c.quota_per_day)
    return [down, quota]


class Once(Collector):
    """Metrics computed for one scrape."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics
