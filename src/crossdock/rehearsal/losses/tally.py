"""What a campaign of losses showed, by place."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crossdock.ops.loss.place import PLACES, Place
from crossdock.rehearsal.losses.campaign import DayResult
from crossdock.rehearsal.losses.planter import PLANTED

LATE_AT_MOST = 1
"""Periods."""


@dataclass(slots=True)
class AtPlace:
    """Losses of one place."""

    planted: int = 0
    found: int = 0
    located: int = 0
    late: Counter[int] = field(default_factory=Counter)
    """Of those that were found: how many periods late."""


@dataclass(slots=True)
class Tally:
    """Sums of many days."""

    losses: int
    clean_days: int
    seed: int
    commit: str
    made_at: str
    places: dict[Place, AtPlace] = field(
        default_factory=lambda: {place: AtPlace() for place in PLANTED}
    )
    loss_days: int = 0
    clean_done: int = 0
    clean_orders: int = 0
    clean_faults: int = 0
    unsigned: int = 0
    """Statements of clean days that were not signed."""
    false_alarms: list[str] = field(default_factory=list)
    amiss: list[str] = field(default_factory=list)
    """Losses that were not found, not located or too late, and days without an end."""

    def add(self, day: DayResult, *, clean: bool) -> None:
        """Count one day in."""
        self.false_alarms += [f"seed {day.seed}: {words}" for words in day.false_alarms]
        if day.failure:
            self.amiss.append(f"seed {day.seed}: {day.failure}")
            return
        if clean:
            self.clean_done += 1
            self.clean_orders += day.orders
            self.clean_faults += day.struck
            self.unsigned += day.unsigned
            return
        self.loss_days += 1
        for one in day.found:
            at = self.places[one.place]
            at.planted += one.planted
            at.found += bool(one.located)
            at.located += one.right
            if one.located:
                at.late[one.late] += 1
            if not (one.planted and one.right and one.late <= LATE_AT_MOST):
                where = one.located or ("not found" if one.planted else "never planted")
                self.amiss.append(f"seed {day.seed}: {one.place} {one.subject}: {where}")

    @property
    def planted(self) -> int:
        return sum(at.planted for at in self.places.values())

    @property
    def holds_true(self) -> bool:
        """All were planted, found, located and in time; no clean day raised an alarm."""
        return (
            not self.amiss
            and not self.false_alarms
            and not self.unsigned
            and self.planted == self.losses
            and self.clean_done == self.clean_days
        )

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "losses": self.losses, "clean_days": self.clean_days, "seed": self.seed,
            "commit": self.commit, "made_at": self.made_at, "holds_true": self.holds_true,
            "places": {
                place.value: {
                    "planted": at.planted, "found": at.found, "located": at.located,
                    "late": dict(at.late),
                }
                for place, at in self.places.items()
            },
            "clean_orders": self.clean_orders, "clean_faults": self.clean_faults,
            "unsigned": self.unsigned, "false_alarms": self.false_alarms, "amiss": self.amiss,
        }  # fmt: skip

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Place, planted, found, located, periods late; the sums last."""
        whole = AtPlace()
        for place, at in self.places.items():
            yield (place.value.replace("_", " "), *_figures(at))
            whole.planted += at.planted
            whole.found += at.found
            whole.located += at.located
            whole.late.update(at.late)
        yield ("all", *_figures(whole))

    def words(self) -> str:
        """The clean days in a sentence."""
        return (
            f"{self.clean_done} clean days with {self.clean_orders} orders and "
            f"{self.clean_faults:,} faults: {len(self.false_alarms)} false alarms, "
            f"{self.unsigned} statements not signed."
        )

    def markdown(self) -> str:
        """The campaign as a page of the docs."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        verdict = "**All found, located and in time.**" if self.holds_true else "**Not all held.**"
        yield "# The silent-loss meter, tried"
        yield ""
        yield "<!-- written by `crossdock sim losses`; do not edit -->"
        yield ""
        yield (
            f"{self.planted} losses in {self.loss_days} simulated days (seeds from {self.seed}), "
            f"each a document that would have been lost in silence; commit `{self.commit}`, "
            f"{self.made_at}. {verdict}"
        )
        yield ""
        yield "| Place | What | Planted | Found | Located | In time / late by a period |"
        yield "|---|---|---:|---:|---:|---:|"
        words = {p.value.replace("_", " "): PLACES[p].words for p in PLANTED}
        for name, *figures in self.rows():
            yield f"| {name} | {words.get(name, '')} | {' | '.join(figures)} |"
        yield ""
        yield self.words()
        yield ""
        yield "What the meter measures and how: [The silent-loss meter](../how-to/close-a-day.md)."
        for line in (*self.amiss, *self.false_alarms):
            yield f"- {line}"


def _figures(at: AtPlace) -> tuple[str, ...]:
    late = sum(n for periods, n in at.late.items() if periods)
    return str(at.planted), str(at.found), str(at.located), f"{at.late[0]} / {late}"
