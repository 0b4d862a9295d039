"""`scripts/bench --check`: fails for a ratio that misses its limit, and for nothing else."""

import pytest

from crossdock.rehearsal.bench import __main__ as bench
from crossdock.rehearsal.bench.result import BenchFailed, Result


def low(_short: bool) -> list[Result]:
    return [Result("low", "speed", 10, "1/s", "slow", 9, ratio_floor=1.3)]


def high(_short: bool) -> list[Result]:
    return [
        Result("high", "speed", 20, "1/s", "slow", 10, ratio_floor=1.3),
        Result("high", "latency", 5, "ms", "slow", 10),
    ]


def slow(_short: bool) -> list[Result]:
    return [Result("slow", "latency", 16, "ms", "usual", 10, ratio_ceiling=1.5)]


def quick(_short: bool) -> list[Result]:
    return [Result("quick", "latency", 15, "ms", "usual", 10, ratio_ceiling=1.5)]


def broken(_short: bool) -> list[Result]:
    raise BenchFailed("it lost a message")


@pytest.mark.parametrize(
    ("case", "arguments", "code"),
    [
        (low, ["--check"], 1), (low, [], 0), (high, ["--check"], 0), (broken, [], 1),
        (broken, ["--check"], 1), (slow, ["--check"], 1), (slow, [], 0), (quick, ["--check"], 0),
    ],
)  # fmt: skip
def test_exit_code(monkeypatch, case, arguments, code):
    monkeypatch.setattr(bench, "names", lambda: ["it"])
    monkeypatch.setattr(bench, "case", lambda _name: case)
    assert bench.main(["it", *arguments]) == code
