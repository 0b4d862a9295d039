"""Who waits for a lock waits in the simulation's time: one seed, one order of grants."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import psycopg
import pytest

from crossdock.engine.store import SteppedPool
from crossdock.rehearsal.sim.database import calm
from crossdock.rehearsal.sim.scheduler import Scheduler

ROUNDS = 12
STEPS = 1000


@dataclass
class WithoutFaults:
    """A stepper under which nothing breaks."""

    scheduler: Scheduler

    def before_statement(self, commit: bool) -> None:
        self.scheduler.give_way()

    def after_statement(self, commit: bool) -> None:
        """Nothing breaks."""

    def wait_for_lock(self, still_waits: Callable[[], bool]) -> None:
        self.scheduler.wait_while(still_waits)


@dataclass
class Contest:
    """Sessions that update the rows a and b, under one schedule."""

    pool: SteppedPool
    scheduler: Scheduler = field(default_factory=lambda: Scheduler(0))
    heard: list[str] = field(default_factory=list)
    """How each ended, in that order."""

    def begin(self, seed: int, **rows: str) -> None:
        """Everybody named updates these rows, one after the other, and commits."""
        self.heard.clear()
        self.pool.rows("UPDATE public.contended SET by_whom = '{}'")
        self.scheduler = Scheduler(seed)
        self.pool.use(WithoutFaults(self.scheduler))
        for name, wanted in rows.items():
            self.scheduler.spawn(name, name, partial(self._update, name, wanted))

    def play(self, until_waiting: int = 0) -> None:
        """Until so many wait for a lock at once; without it, until everybody has ended."""
        until = (lambda: len(self.waiting()) == until_waiting) if until_waiting else self._over
        assert self.scheduler.run(until, STEPS), "it was never so"

    def waiting(self) -> list[str]:
        return [a.process for a in self.scheduler.actors if a.still_waits is not None]

    def winners(self) -> str:
        """Who updated row a, in that order."""
        row = self.pool.rows("SELECT by_whom FROM public.contended WHERE name = 'a'")[0]
        return "".join(row.by_whom)

    def _over(self) -> bool:
        return not self.scheduler.actors

    def _update(self, name: str, rows: str) -> None:
        try:
            with self.pool.connection() as session:
                for row in rows:
                    session.execute(
                        "UPDATE public.contended SET by_whom = array_append(by_whom, %s)"
                        " WHERE name = %s",
                        (name, row),
                    )
        except psycopg.Error as error:
            self.heard.append(f"{name}: {type(error).__name__}")
        else:
            self.heard.append(name)


@pytest.fixture
def contest(simulation_url: str) -> Iterator[Contest]:
    pool = SteppedPool(simulation_url, lambda session: None, WithoutFaults(Scheduler(0)))
    contest = Contest(pool)
    calm(pool)
    pool.rows("CREATE TABLE public.contended (name text PRIMARY KEY, by_whom text[])")
    pool.rows("INSERT INTO public.contended VALUES ('a', '{}'), ('b', '{}')")
    try:
        yield contest
    finally:
        contest.scheduler.close()
        pool.rows("DROP TABLE public.contended")
        pool.close()


def test_those_who_wait_for_one_row_get_it_in_one_order(contest: Contest) -> None:
    orders = set[str]()
    for _ in range(ROUNDS):
        contest.begin(7, **dict.fromkeys("uvwxyz", "a"))
        contest.play()
        assert sorted(contest.winners()) == list("uvwxyz")
        orders.add(contest.winners())
    assert len(orders) == 1, orders


def test_of_two_who_wait_for_each_other_one_is_refused(contest: Contest) -> None:
    ends = set[tuple[str, ...]]()
    for seed in [*range(8)] * 2:
        contest.begin(seed, x="ab", y="ba")
        contest.play()
        if any("DeadlockDetected" in end for end in contest.heard):
            ends.add((str(seed), *contest.heard))
        assert sum(len(end) == 1 for end in contest.heard) >= 1, contest.heard
    seeds = [end[0] for end in ends]
    assert seeds, "nobody waited for each other"
    assert len(seeds) == len(set(seeds)), ends


def test_a_restart_of_the_database_ends_those_who_wait(contest: Contest) -> None:
    contest.begin(7, x="aaaa", y="aaaa", z="aaaa")
    contest.play(until_waiting=2)
    waiting = contest.waiting()
    contest.pool.end_all()
    contest.play()
    assert contest.winners() == ""
    ended = {end.split(":")[0] for end in contest.heard if "Error" in end or "Shutdown" in end}
    assert {*waiting} <= ended


def test_who_is_killed_while_it_waits_leaves_the_others_their_turn(contest: Contest) -> None:
    contest.begin(7, x="aaaa", y="aaaa", z="aaaa")
    contest.play(until_waiting=2)
    killed = contest.waiting()[0]
    contest.scheduler.kill(killed)
    contest.play()
    assert {*contest.winners()} == {*"xyz"} - {killed}
    assert sorted(contest.heard) == sorted({*"xyz"} - {killed})
