"""Webhooks acknowledged per second, each committed before its 200 (promise P1).

In one run, against one PostgreSQL with fsync on: the API server as it is, the same server with one
transaction per request, and the same server answering without any database work. The load client
shares the machine with both. Afterwards the database must hold exactly what was acknowledged.
"""

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from crossdock.rehearsal.bench.pairs import Better, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result

AIMS_PER_SECOND = {2048: 8000, 10240: 5000}
AIM_RATIO_ALONE = 1.5
AIM_P99 = Aim(at_most=100)
TOLERANCES = {"alone": 1.5, "no_database": 1.3}
BASELINES = {"alone": "one commit per request", "no_database": "no database work"}
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
PAIR_SIZE = 2048
PAIR_COUNTS = {"grouped": 2_000, "alone": 600, "no_database": 2_000}


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
    with _servers() as ingest:
        plan = SHORT if short else FULL
        return [r for size in AIMS_PER_SECOND for r in _measure(ingest, plan, size)]


def pairs() -> list[Paired]:
    """Bodies of 2 kB."""
    with _servers() as ingest:
        return [
            Paired("ingest", f"acknowledged, 2 kB, {CONNECTIONS} connections", "1/s",
                   BASELINES[way], Better.HIGHER, tolerance,
                   in_turn(lambda: _rate(ingest, "grouped"), lambda way=way: _rate(ingest, way)))  # type: ignore[misc]
            for way, tolerance in TOLERANCES.items()
        ]  # fmt: skip


def _rate(ingest: Ingest, way: str) -> float:
    return ingest.load(way, PAIR_SIZE, PAIR_COUNTS[way], CONNECTIONS).per_second


@contextmanager
def _servers() -> Iterator[Ingest]:
    """Warm; when the block ends well, what was acknowledged is counted in the database."""
    with bench_database() as url, tempfile.TemporaryDirectory() as folder:
        prepare(url)
        with webhook_servers(url, Path(folder)) as ports:
            ingest = Ingest(ports)
            for way in ports:
                ingest.load(way, 2048, 1000, CONNECTIONS)
            yield ingest
        kept = count_messages(url)
    if kept != ingest.acknowledged:
        raise BenchFailed(f"{ingest.acknowledged} webhooks were acknowledged, {kept} are kept")


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
    aim = Aim(at_least=AIMS_PER_SECOND[size], ratio_at_least=AIM_RATIO_ALONE)
    results = [
        Result(name, f"acknowledged, {where}", rate["grouped"], "1/s", BASELINES["alone"],
               rate["alone"], aim),
        Result(name, f"acknowledged, {where}", rate["grouped"], "1/s", BASELINES["no_database"],
               rate["no_database"]),
        Result(name, f"p99 latency, {where}", p99, "ms", BASELINES["alone"], alone_p99, AIM_P99),
    ]  # fmt: skip
    for connections in OTHER_CONNECTIONS:
        other = ingest.load("grouped", size, count, connections)
        where, beside = f"{label}, {connections} connections", f"{CONNECTIONS} connections"
        results += [
            Result(name, f"acknowledged, {where}", other.per_second, "1/s", beside,
                   rate["grouped"]),
            Result(name, f"p99 latency, {where}", other.p99_ms, "ms", beside, p99, AIM_P99),
        ]  # fmt: skip
    return results


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)
