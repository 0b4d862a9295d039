"""Webhooks acknowledged per second, each committed before its 200 (promise P1).

In one run, against one PostgreSQL with fsync on: the API server as it is, the same server with one
transaction per request, and the same server answering without any database work. The load client
shares the machine with both. Afterwards the database must hold exactly what was acknowledged.
"""

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossdock.rehearsal.bench.database import bench_database
from crossdock.rehearsal.bench.load.webhook_client import Answered, Load
from crossdock.rehearsal.bench.load.webhook_servers import (
    CONNECTION,
    SECRET,
    count_messages,
    prepare,
    send,
    webhook_servers,
)
from crossdock.rehearsal.bench.result import BenchFailed, Result

AIMS_PER_SECOND = {2048: 8000, 10240: 5000}
AIM_RATIO_ALONE = 1.5
RATIO_FLOOR = 1.3
AIM_P99_MS = 100
CONNECTIONS = 128
OTHER_CONNECTIONS = (64, 256)
FIRST_ORDER = 6_000_000_000_000
WRITING = ("grouped", "alone")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent."""

    repeats: int
    count: Mapping[int, int]
    """Webhooks in one load, by body size."""


FULL = Plan(repeats=3, count={2048: 30_000, 10240: 15_000})
SHORT = Plan(repeats=1, count={2048: 6_000, 10240: 3_000})


@dataclass(slots=True)
class Ingest:
    """One run: who was asked how often."""

    ports: Mapping[str, int]
    acknowledged: int = 0
    loads: int = 0

    def load(self, way: str, size: int, count: int, connections: int) -> Answered:
        first_id = FIRST_ORDER + self.loads * 1_000_000
        self.loads += 1
        path = f"/hooks/{CONNECTION}"
        load = Load(self.ports[way], path, SECRET, size, first_id, count, connections)
        answered = send(load)
        if way in WRITING:
            self.acknowledged += answered.acknowledged
        return answered


def run(short: bool) -> list[Result]:
    """Figures for 2 kB and 10 kB bodies. Raises BenchFailed when something acknowledged is gone."""
    plan = SHORT if short else FULL
    with bench_database() as url, tempfile.TemporaryDirectory() as folder:
        prepare(url)
        with webhook_servers(url, Path(folder)) as ports:
            ingest = Ingest(ports)
            for way in ports:
                ingest.load(way, 2048, 1000, CONNECTIONS)
            results = [r for size in AIMS_PER_SECOND for r in _measure(ingest, plan, size)]
        kept = count_messages(url)
    if kept != ingest.acknowledged:
        raise BenchFailed(f"{ingest.acknowledged} webhooks were acknowledged, {kept} are kept")
    return results


def _measure(ingest: Ingest, plan: Plan, size: int) -> list[Result]:
    count, label = plan.count[size], f"{size // 1024} kB"
    found: dict[str, list[Answered]] = {way: [] for way in ingest.ports}
    for _ in range(plan.repeats):
        for way, answers in found.items():
            answers.append(
                ingest.load(way, size, count // (3 if way == "alone" else 1), CONNECTIONS)
            )
    rate = {way: _median([a.per_second for a in answers]) for way, answers in found.items()}
    p99 = _median([a.p99_ms for a in found["grouped"]])
    alone_p99 = _median([a.p99_ms for a in found["alone"]])
    name, where = "ingest", f"{label}, {CONNECTIONS} connections"
    results = [
        Result(name, f"acknowledged, {where}", rate["grouped"], "1/s", "one commit per request",
               rate["alone"], f"at least {AIMS_PER_SECOND[size]}, ratio {AIM_RATIO_ALONE}",
               RATIO_FLOOR),
        Result(name, f"acknowledged, {where}", rate["grouped"], "1/s", "no database work",
               rate["no_database"]),
        Result(name, f"p99 latency, {where}", p99, "ms", "one commit per request", alone_p99,
               f"at most {AIM_P99_MS}"),
        Result(name, f"p50 latency, {where}", _median([a.p50_ms for a in found["grouped"]]), "ms"),
    ]  # fmt: skip
    for connections in OTHER_CONNECTIONS:
        other = ingest.load("grouped", size, count, connections)
        where = f"{label}, {connections} connections"
        results += [
            Result(name, f"acknowledged, {where}", round(other.per_second, 1), "1/s"),
            Result(name, f"p99 latency, {where}", other.p99_ms, "ms", aim=f"at most {AIM_P99_MS}"),
        ]
    return results


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)
