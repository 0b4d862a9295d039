"""`scripts/bench`: a ratio fails the check for its whole interval, and for nothing else."""

import json
import math
from pathlib import Path

import pytest

from crossdock.rehearsal.bench import __main__ as bench
from crossdock.rehearsal.bench import record
from crossdock.rehearsal.bench.cases import Case, case, names
from crossdock.rehearsal.bench.pairs import Better, Paired
from crossdock.rehearsal.bench.record import AnotherMachine
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result

MACHINE = {"processor": "one", "cores": 2, "memory_mb": 100, "system": "Linux", "python": "3.11"}


def once(value: float, **limits: float) -> Case:
    return Case(lambda _short: [Result("it", "speed", value, "1/s", "slow", 10, **limits)])  # type: ignore[arg-type]


def paired(*ratios: float, better: Better = Better.HIGHER, name: str = "it") -> Paired:
    """Against a slow baseline; a fifth worse than recorded is too much."""
    return Paired(name, "speed", "1/s", "slow", better, 1.25, [(r * 9, 9) for r in ratios])


def in_pairs(found: Paired) -> Case:
    return Case(lambda _short: [found.result(Aim(at_least=1))], lambda: [found])


def broken(_short: bool) -> list[Result]:
    raise BenchFailed("it lost a message")


STEADY = tuple(2 * math.exp(x) for x in (0, 0.05, -0.05, 0, 0.02, -0.02, 0))
WORSE = tuple(r / 2 for r in STEADY)
NOISY = (0.7, 2.9, 1.1, 0.8, 2.2, 0.9, 1.3)
"""Half of what it was, on a machine that says nothing clear."""


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run `main` with that case as the only one, beside a record in which the ratio is 2."""
    file = tmp_path / "benchmark.json"
    monkeypatch.setattr(bench, "RECORD", file)
    monkeypatch.setattr(bench, "names", lambda: ["it"])
    monkeypatch.setattr(bench, "machine", lambda: MACHINE)
    record.write(file, record.document(MACHINE, [], [paired(*STEADY)]))

    def run(measure: Case, *arguments: str) -> int:
        monkeypatch.setattr(bench, "case", lambda _name: measure)
        return bench.main(["it", *arguments])

    run.file = file  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize(
    ("measure", "arguments", "code"),
    [
        (once(9, ratio_floor=1.3), ["--check"], 1), (once(9, ratio_floor=1.3), [], 0),
        (once(20, ratio_floor=1.3), ["--check"], 0), (once(20), ["--check"], 0),
        (once(16, ratio_ceiling=1.5), ["--check"], 1),
        (once(15, ratio_ceiling=1.5), ["--check"], 0),
        (Case(broken), [], 1), (Case(broken), ["--check"], 1),
        (in_pairs(paired(*STEADY)), ["--check"], 0), (in_pairs(paired(*WORSE)), ["--check"], 1),
        (in_pairs(paired(*WORSE)), [], 0), (in_pairs(paired(*NOISY)), ["--check"], 0),
    ],
)  # fmt: skip
def test_exit_code(measured, measure, arguments, code):
    assert measured(measure, *arguments) == code


@pytest.mark.parametrize(
    ("better", "ratios", "fails"),
    [
        (Better.HIGHER, [r / 1.2 for r in STEADY], False),
        (Better.HIGHER, [r / 1.4 for r in STEADY], True),
        (Better.LOWER, [r / 1.4 for r in STEADY], False),
        (Better.LOWER, [r * 1.2 for r in STEADY], False),
        (Better.LOWER, [r * 1.4 for r in STEADY], True),
    ],
)
def test_a_fifth_worse_passes_and_two_fifths_do_not(better, ratios, fails):
    assert bool(paired(*ratios, better=better).worse_than(2.0)) is fails


def test_what_is_said_names_ratio_interval_and_limit():
    said = paired(*WORSE).worse_than(2.0)
    assert said == "ratio 1, interval 0.972 to 1.03; recorded 2, limit at least 1.6"


def test_a_ratio_that_nobody_recorded_fails_and_says_how_to_record_it(measured, capsys):
    unknown = paired(*STEADY, name="another")
    assert measured(in_pairs(unknown), "--check") == 1
    assert "scripts/bench --docs --short" in capsys.readouterr().out


def test_docs_records_figures_and_pairs(measured):
    assert measured(in_pairs(paired(*[2 * r for r in STEADY])), "--docs") == 0
    written = json.loads(measured.file.read_text())
    assert [(r["name"], r["ratio"], r["met"]) for r in written["results"]] == [("it", 4.0, True)]
    assert written["machine"] == MACHINE
    ((key, ratio),) = record.recorded_ratios(written).items()
    assert (key, round(ratio, 2)) == (("it", "speed", "slow"), 4.0)


def test_docs_short_leaves_the_figures_and_a_failed_run_leaves_everything(measured):
    before = measured.file.read_bytes()
    assert measured(Case(broken), "--docs") == 1
    assert measured.file.read_bytes() == before
    assert measured(in_pairs(paired(*WORSE)), "--docs", "--short") == 0
    assert measured(once(9), "--docs", "--short") == 0
    assert json.loads(measured.file.read_text())["results"] == []


def test_a_record_is_of_one_machine():
    old = record.document(MACHINE, [], [paired(*STEADY), paired(*STEADY, name="stays")])
    new = record.document({**MACHINE, "cores": 4}, [], [paired(*WORSE)])
    with pytest.raises(AnotherMachine, match="scripts/bench --docs"):
        record.merged(old, new)
    both = record.merged(old, record.document(MACHINE, [], [paired(*WORSE)]))
    assert [(r["name"], r["ratio"]) for r in both["paired"]] == [("it", 1.0), ("stays", 2.0)]
    everything = record.document(
        {**MACHINE, "cores": 4}, [], [paired(*WORSE), paired(*WORSE, name="stays")]
    )
    assert record.merged(old, everything)["machine"]["cores"] == 4


def test_the_machines_load_is_that_of_the_figures():
    figures = [Result("it", "speed", 1, "1/s", "slow", 2)]
    quiet, busy = ({**MACHINE, "load_before": [load]} for load in (0.1, 9.0))
    old = record.document(quiet, figures, [])
    assert record.merged(old, record.document(busy, [], [paired(*STEADY)]))["machine"] == quiet
    assert record.merged(old, record.document(busy, figures, []))["machine"] == busy


def test_every_case_measures_figures():
    assert {"growth", "footprint", "recovery", "scale"} <= set(names())
    assert all(callable(case(name).run) for name in names())


@pytest.mark.parametrize(
    ("aim", "value", "ratio", "met"),
    [
        (Aim(), 1, None, None), (Aim(at_least=5), 5, None, True), (Aim(at_least=5), 4, 9, False),
        (Aim(at_most=5, ratio_at_most=1.1), 5, 1.2, False), (Aim(ratio_at_least=1), 5, None, False),
        (Aim(at_most=5, ratio_at_most=1.1), 5, 1.1, True),
    ],
)  # fmt: skip
def test_aims(aim, value, ratio, met):
    assert aim.met(value, ratio) is met
