"""`scripts/bench`: what fails a check, what is measured again, and what no record takes."""

import json
import math
import random
from pathlib import Path

import pytest

from crossdock.rehearsal.bench import __main__ as bench
from crossdock.rehearsal.bench import record
from crossdock.rehearsal.bench.cases import Case, Declared, case, declared, names
from crossdock.rehearsal.bench.compare import ROUNDS, Verdict, broken, doubt, unfit, verdict
from crossdock.rehearsal.bench.pairs import Better, Bounds, Interval, Paired
from crossdock.rehearsal.bench.record import AnotherMachine
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result

MACHINE = {"processor": "one", "cores": 2, "memory_mb": 100, "system": "Linux", "python": "3.11"}
MOMENT = {"commit": "abc1234", "date": "2026-03-01", "load_before": [0.1, 0.2, 0.3]}
LATER = {"commit": "def5678+", "date": "2026-04-01", "load_before": [9.0, 9.0, 9.0]}
ROW = ("speed", "slow")
SANE = Bounds(least=0.9, most=10)


def once(value: float, **limits: float) -> Case:
    return Case(
        lambda _short: [Result("it", "speed", value, "1/s", "slow", 10, **limits)],  # type: ignore[arg-type]
        figures=[ROW],
    )


def paired(*ratios: float, better: Better = Better.HIGHER, name: str = "it") -> Paired:
    """Against a slow baseline; a fifth worse than recorded is too much."""
    return Paired(name, "speed", "1/s", "slow", better, 1.25, [(r * 9, 9) for r in ratios], SANE)


def in_pairs(*rounds: Paired) -> Case:
    """It gives these in turn, and the last of them from then on."""
    left = list(rounds)
    return Case(
        lambda _short: [rounds[-1].result(Aim(at_least=1))],
        lambda: [left.pop(0) if len(left) > 1 else left[0]],
        figures=[ROW], compared=[ROW],
    )  # fmt: skip


def lost(_short: bool) -> list[Result]:
    raise BenchFailed("it lost a message")


STEADY = tuple(2 * math.exp(x) for x in (0, 0.05, -0.05, 0, 0.02, -0.02, 0))
WORSE = tuple(r / 2 for r in STEADY)
NOISE = (0.4, 2.1, 0.9, 0.5, 1.7, 0.7, 1.0)
NOISY_WORSE, NOISY_GOOD = tuple(1.5 * r for r in NOISE), tuple(2.2 * r for r in NOISE)
"""On a machine that says nothing clear: two thirds of what it was, and what it was."""


DECLARED = Declared([("it", *ROW), ("stays", *ROW)], [("it", *ROW), ("stays", *ROW)])


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run `main` with that case as the only one, beside a record in which the ratio is 2."""
    file = tmp_path / "benchmark.json"
    monkeypatch.setattr(bench, "RECORD", file)
    monkeypatch.setattr(bench, "names", lambda: ["it"])
    monkeypatch.setattr(bench, "machine", lambda: MACHINE)
    monkeypatch.setattr(bench, "moment", lambda: LATER)
    monkeypatch.setattr(bench, "declared", lambda: DECLARED)
    record.write(file, record.document(MACHINE, MOMENT, [], [paired(*STEADY)]))

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
        (Case(lost), [], 1), (Case(lost), ["--check"], 1),
        (in_pairs(paired(*STEADY)), ["--check"], 0), (in_pairs(paired(*WORSE)), ["--check"], 1),
        (in_pairs(paired(*WORSE)), [], 0), (in_pairs(paired(*NOISY_GOOD)), ["--check"], 0),
        (in_pairs(paired(*NOISY_WORSE)), ["--check"], 1),
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
    assert (verdict(paired(*ratios, better=better), 2.0) is Verdict.WORSE) is fails
    assert bool(broken(paired(*ratios, better=better), Interval(1.9, 2.0, 2.1))) is fails


def test_what_is_said_names_ratio_interval_and_limit():
    said = broken(paired(*WORSE), Interval(1.9, 2.0, 2.1))
    assert said == "ratio 1, interval 0.972 to 1.03; recorded 2, limit at least 1.6"


@pytest.mark.parametrize(
    ("better", "recorded", "limit"),
    [(Better.HIGHER, 1.0, 0.9 / 1.1), (Better.HIGHER, 4.0, 3.2),
     (Better.LOWER, 9.5, 11.0), (Better.LOWER, 4.0, 5.0)],
)  # fmt: skip
def test_a_limit_is_never_more_than_a_tenth_beyond_the_bounds(better, recorded, limit):
    assert paired(*STEADY, better=better).limit(recorded) == pytest.approx(limit)


@pytest.mark.parametrize(
    ("rounds", "code", "said"),
    [
        ([STEADY], 0, 0), ([WORSE], 1, 0),
        ([NOISY_GOOD, STEADY * 3], 0, 1), ([NOISY_WORSE, WORSE], 1, 1),
        ([NOISY_GOOD], 0, 2), ([NOISY_WORSE], 1, 2),
    ],
)  # fmt: skip
def test_what_proves_nothing_is_measured_again_and_no_more_than_twice(
    measured, capsys, rounds, code, said
):
    assert measured(in_pairs(*(paired(*r) for r in rounds)), "--check") == code
    assert capsys.readouterr().out.count("prove nothing; measured again") == said


def test_noise_that_passes_is_told():
    recorded, many = Interval(1.9, 2.0, 2.1), NOISY_GOOD * ROUNDS
    assert verdict(paired(*NOISY_GOOD), 2.0) is Verdict.INCONCLUSIVE
    assert doubt(paired(*NOISY_GOOD), recorded).startswith("inconclusive after 7 pairs: ratio")
    assert not broken(paired(*many), recorded)
    assert not doubt(paired(*STEADY), recorded)
    assert not doubt(paired(*NOISY_WORSE), recorded), "its middle fails instead"


def test_what_is_truly_worse_cannot_hide_in_noise_and_what_is_not_does_not_fail():
    """However the pairs scatter: by half and more from one to the next."""
    chance, recorded = random.Random(4), Interval(1.9, 2.0, 2.1)

    def failures(ratio: float) -> int:
        tries = ([ratio * math.exp(chance.gauss(0, 0.4)) for _ in range(21)] for _ in range(200))
        return sum(bool(broken(paired(*pairs), recorded)) for pairs in tries)

    assert failures(2.0 / 1.4) > 150
    assert failures(2.0) < 6


@pytest.mark.parametrize(
    ("recorded", "why"),
    [(Interval(0.8, 0.85, 0.89), "sane is 0.9 to 10"), (Interval(1.6, 2.0, 2.4), "wider than"),
     (Interval(10.5, 11.0, 11.5), "sane is 0.9 to 10"), (Interval(1.8, 2.0, 2.2), "")],
)  # fmt: skip
def test_a_record_that_holds_nothing_fails_the_check(recorded, why):
    assert why in unfit(paired(*STEADY), recorded)
    assert bool(unfit(paired(*STEADY), recorded)) is bool(why)
    said = broken(paired(*STEADY), recorded)
    assert ("holds nothing" in said and "--docs --short it" in said) is bool(why)


@pytest.mark.parametrize(
    "measure",
    [
        in_pairs(paired(*NOISY_GOOD)), in_pairs(paired(*[r / 2.4 for r in STEADY])),
        in_pairs(paired(*[6 * r for r in STEADY])), once(9, ratio_floor=1.3),
    ],
)  # fmt: skip
def test_the_old_record_stays_when_a_new_one_would_hold_nothing(measured, capsys, measure):
    before = measured.file.read_bytes()
    assert measured(measure, "--docs") == 1
    assert measured.file.read_bytes() == before
    assert "not recorded, the old record stays" in capsys.readouterr().out


def test_noise_may_pass_before_it_is_recorded(measured):
    calm = in_pairs(paired(*NOISY_GOOD[:3]), paired(*STEADY * 20))
    assert measured(calm, "--docs", "--short") == 0
    assert json.loads(measured.file.read_text())["paired"][0]["pairs"] == 3 + 140


def test_what_no_benchmark_declares_is_not_recorded(measured, capsys):
    undeclared = Case(once(9).run, figures=[("speed", "fast")])
    before = measured.file.read_bytes()
    assert measured(undeclared, "--docs") == 1
    assert measured.file.read_bytes() == before
    assert "does not declare: [('speed', 'slow')]" in capsys.readouterr().out


def test_a_ratio_that_nobody_recorded_fails_and_says_how_to_record_it(measured, capsys):
    unknown = paired(*STEADY, name="another")
    assert measured(in_pairs(unknown), "--check") == 1
    assert "scripts/bench --docs --short" in capsys.readouterr().out


def test_docs_records_figures_and_pairs(measured):
    assert measured(in_pairs(paired(*[2 * r for r in STEADY])), "--docs") == 0
    written = json.loads(measured.file.read_text())
    assert [(r["name"], r["ratio"], r["met"]) for r in written["results"]] == [("it", 4.0, True)]
    assert written["machine"] == MACHINE
    assert [r["recorded"] for r in written["results"] + written["paired"]] == [LATER, LATER]
    ((key, ratio),) = record.recorded_ratios(written).items()
    assert (key, ratio.ratio) == (("it", "speed", "slow"), 4.0)


def test_docs_short_leaves_the_figures_and_a_failed_run_leaves_everything(measured):
    before = measured.file.read_bytes()
    assert measured(Case(lost), "--docs") == 1
    assert measured.file.read_bytes() == before
    assert measured(in_pairs(paired(*WORSE)), "--docs", "--short") == 0
    assert measured(once(9), "--docs", "--short") == 0
    half = Case(lost, lambda: [paired(*STEADY)], [ROW], [ROW])
    assert measured(half, "--docs") == 1
    assert [r["ratio"] for r in json.loads(measured.file.read_text())["paired"]] == [1.0]
    assert json.loads(measured.file.read_text())["results"] == []


def test_a_record_is_of_one_machine():
    other = {**MACHINE, "cores": 4}
    old = record.document(MACHINE, MOMENT, [], [paired(*STEADY), paired(*STEADY, name="stays")])
    elsewhere = record.document(other, LATER, [], [paired(*WORSE)])
    with pytest.raises(AnotherMachine, match="scripts/bench --docs"):
        record.merged(old, elsewhere, DECLARED)
    here = record.document(MACHINE, LATER, [], [paired(*WORSE)])
    both = record.merged(old, here, DECLARED)["paired"]
    assert [(r["name"], r["ratio"], r["recorded"]) for r in both] == [
        ("it", 1.0, LATER), ("stays", 2.0, MOMENT),
    ]  # fmt: skip
    everything = [paired(*WORSE), paired(*WORSE, name="stays")]
    anew = record.merged(old, record.document(other, LATER, [], everything), DECLARED)
    assert anew["machine"]["cores"] == 4


def test_rows_that_no_benchmark_gives_leave_the_record_and_others_stay():
    def figures(*metrics: str) -> list[Result]:
        return [Result("it", metric, 1, "1/s", "slow", 2) for metric in metrics]

    rows = [("it", metric, "slow") for metric in ("speed", "needs an Odoo")]
    gone = [paired(*STEADY, name="gone")]
    old = record.document(MACHINE, MOMENT, figures("given up", "speed", "needs an Odoo"), gone)
    for machine, kept in (
        (MACHINE, ["speed", "needs an Odoo"]),
        ({**MACHINE, "cores": 4}, ["speed"]),
    ):
        new = record.document(machine, LATER, figures("speed"), [])
        merged = record.merged(old, new, Declared(rows, []))
        assert [r["metric"] for r in merged["results"]] == kept
        assert merged["results"][0]["recorded"] == LATER
        assert merged["paired"] == [], "nor does it bind the record to its machine"


def test_every_benchmark_declares_what_it_gives():
    assert {"growth", "footprint", "recovery", "scale"} <= set(names())
    for name in names():
        its = case(name)
        assert its.figures, name
        assert bool(its.pairs) is bool(its.compared), name
    everything = declared()
    for part in (everything.results, everything.paired):
        assert len(set(part)) == len(part)


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
