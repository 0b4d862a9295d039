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
from crossdock.rehearsal.bench.pairs import PAIRS, Better, Bounds, Paired
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result

AIMS_PER_SECOND = {2048: 8000, 10240: 5000}
AIM_RATIO_ALONE = 1.5
AIM_P99 = Aim(at_most=100)
TOLERANCES = {"alone": 1.5, "no_database": 1.5}
BOUNDS = {"alone": Bounds(least=AIM_RATIO_ALONE), "no_database": Bounds(least=0.25, most=1.0)}
"""Work for the database is not free, and not three times the rest."""
BASELINES = {"alone": "one commit per request", "no_database": "no database work"}
CONNECTIONS = 128
OTHER_CONNECTIONS = (64, 256)
FIRST_ORDER = 6_000_000_000_000
PAIR_METRIC = f"acknowledged, 2 kB, {CONNECTIONS} connections"
WRITING = ("grouped", "alone")
RATE, LATENCY = "acknowledged, {}", "p99 latency, {}"
WHERE = "{} kB, {} connections"
BESIDE = f"{CONNECTIONS} connections"
FIGURES = tuple(
    (metric.format(WHERE.format(size // 1024, connections)), baseline)
    for size in AIMS_PER_SECOND
    for connections, rows in {
        CONNECTIONS: [(RATE, BASELINES["alone"]), (RATE, BASELINES["no_database"]),
                      (LATENCY, BASELINES["alone"])],
        **{other: [(RATE, BESIDE), (LATENCY, BESIDE)] for other in OTHER_CONNECTIONS},
    }.items()
    for metric, baseline in rows
)  # fmt: skip
COMPARED = tuple((PAIR_METRIC, BASELINES[way]) for way in TOLERANCES)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent."""

    repeats: int
    count: Mapping[int, int]
    """Webhooks in one load, by body size."""


FULL = Plan(repeats=3, count={2048: 30_000, 10240: 15_000})
SHORT = Plan(repeats=1, count={2048: 6_000, 10240: 3_000})
PAIR_SIZE = 2048
PAIR_COUNTS = {"grouped": 2_500, "alone": 700, "no_database": 2_500}


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
    """Bodies of 2 kB: all three ways in turn, back and forth, ours between its two baselines."""
    rates: dict[str, list[float]] = {way: [] for way in sorted(PAIR_COUNTS)}
    with _servers() as ingest:
        for turn in range(PAIRS):
            for way in sorted(rates, reverse=bool(turn % 2)):
                rates[way].append(_rate(ingest, way))
    return [
        Paired(
            "ingest", PAIR_METRIC, "1/s", BASELINES[way], Better.HIGHER, tolerance,
            list(zip(rates["grouped"], rates[way], strict=True)), BOUNDS[way],
        )
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
    count, kb = plan.count[size], size // 1024
    found: dict[str, list[Answered]] = {way: [] for way in ingest.ports}
    for _ in range(plan.repeats):
        for way, answers in found.items():
            answers.append(
                ingest.load(way, size, count // (3 if way == "alone" else 1), CONNECTIONS)
            )
    rate = {way: _median([a.per_second for a in answers]) for way, answers in found.items()}
    p99 = _median([a.p99_ms for a in found["grouped"]])
    alone_p99 = _median([a.p99_ms for a in found["alone"]])
    name, where = "ingest", WHERE.format(kb, CONNECTIONS)
    aim = Aim(at_least=AIMS_PER_SECOND[size], ratio_at_least=AIM_RATIO_ALONE)
    results = [
        Result(name, RATE.format(where), rate["grouped"], "1/s", BASELINES["alone"],
               rate["alone"], aim),
        Result(name, RATE.format(where), rate["grouped"], "1/s", BASELINES["no_database"],
               rate["no_database"]),
        Result(name, LATENCY.format(where), p99, "ms", BASELINES["alone"], alone_p99, AIM_P99),
    ]  # fmt: skip
    for connections in OTHER_CONNECTIONS:
        other = ingest.load("grouped", size, count, connections)
        where = WHERE.format(kb, connections)
        results += [
            Result(name, RATE.format(where), other.per_second, "1/s", BESIDE, rate["grouped"]),
            Result(name, LATENCY.format(where), other.p99_ms, "ms", BESIDE, p99, AIM_P99),
        ]  # fmt: skip
    return results


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)
