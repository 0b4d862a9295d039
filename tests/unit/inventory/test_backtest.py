"""No fixed and no percentage buffer beats the lag-aware one on fifty days it was not tuned on."""

from crossdock.processes.inventory.exposure import backtest
from crossdock.processes.inventory.exposure.backtest import LAG_AWARE, Result, rules_by_name
from crossdock.processes.inventory.exposure.history import Buyer, History, HistoryDoor, draw_history
from crossdock.processes.inventory.exposure.replay import Outcome, Replay
from tests.unit.inventory.test_shown_page import table


def test_the_lag_aware_buffer_is_dominated_on_neither_measure():
    result = backtest.run()
    print(result)
    assert len(backtest.SEEDS) == 50
    assert result.dominators() == []
    own, none = result.outcomes[LAG_AWARE], result.outcomes["buffer 0"]
    assert own.oversold * 4 < none.oversold
    assert {"buffer 1", "hold back 5 %"} <= set(result.dominated())
    told = {name: (oversold, lost) for name, oversold, lost in table("Policy")}
    made = {name: (str(o.oversold), str(o.lost)) for name, o in result.outcomes.items()}
    assert told.items() <= made.items()


def test_a_seed_is_one_history():
    assert draw_history(3) == draw_history(3) != draw_history(4)


def test_domination_needs_one_strictly_better():
    same = Outcome(5, 5, 0)
    found = {LAG_AWARE: same, "a": same, "b": Outcome(5, 4, 0), "c": Outcome(0, 6, 0)}
    assert Result(found).dominators() == ["b"]
    assert Result({**found, "d": Outcome(6, 5, 0)}).dominated() == ["d"]


def door(delay: int) -> HistoryDoor:
    return HistoryDoor(delay, 10, (delay,))


def buyer(at: int, place: int, pieces: int = 1) -> Buyer:
    return Buyer(at, place, pieces, 10, None)


def test_the_last_piece_is_sold_twice_before_the_second_door_hears():
    twice = History(1, (door(10), door(1000)), (buyer(0, 0), buyer(500, 1)), ())
    rules = rules_by_name()
    assert Replay(twice, rules["buffer 0"]).run() == Outcome(1, 0, 1)
    assert Replay(twice, rules["buffer 1"]).run() == Outcome(0, 2, 0)
    late = twice._replace(buyers=(buyer(0, 0), buyer(2000, 1)))
    assert Replay(late, rules["buffer 0"]).run() == Outcome(0, 0, 1)


def test_a_door_does_not_forget_its_own_sales_when_an_old_number_arrives():
    own = (buyer(0, 0), buyer(400, 1), buyer(450, 1), buyer(1200, 1))
    history = History(3, (door(10), door(1000)), own, ())
    assert Replay(history, rules_by_name()["buffer 0"]).run() == Outcome(0, 0, 3)


def test_a_restock_and_a_cancellation_are_shown_again():
    first = buyer(0, 0)._replace(cancels_after=1000)
    history = History(1, (door(10),), (first, buyer(5000, 0), buyer(9000, 0)), ((6000, 1),))
    assert Replay(history, rules_by_name()["buffer 0"]).run() == Outcome(0, 0, 2)
