"""One history under one policy: who buys, who is turned away, what was sold twice."""

from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from typing import NamedTuple

from crossdock.processes.inventory.exposure.history import Buyer, History
from crossdock.processes.inventory.exposure.lag_aware import (
    CERTAINTY,
    UNKNOWN_DELAY,
    Door,
    expected_elsewhere,
    lag_buffer,
)
from crossdock.processes.inventory.exposure.limits import shown_of
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.terms import MICRO
from crossdock.processes.inventory.exposure.velocity import Delay, SalesRate


class Outcome(NamedTuple):
    """Pieces."""

    oversold: int
    """Sold by a door when the ledger had none left: somebody gets an apology."""
    lost: int
    """Asked for at a door that showed too few while there were enough."""
    sold: int


class _DoorState:
    """What a door shows, what it was told, and what was measured of it."""

    def __init__(self) -> None:
        self.shows = 0
        self.sold = 0
        self.heard = 0
        self.told = 0
        self.heard_when_told = 0
        self.is_on_the_way = False
        self.changed_at: int | None = None
        self.publications = 0
        self.rate = SalesRate(since=0, at=0)
        self.publishing = Delay()
        self.ordering = Delay()


class Replay:
    """The ledger, the doors, and the messages between them."""

    def __init__(self, history: History, rules: ExposureRules, certainty: int = CERTAINTY) -> None:
        self.history = history
        self.rules = rules
        self.certainty = certainty
        self.left = history.supply
        self.accepted_unheard = 0
        self.oversold = self.lost = self.sold = 0
        self.doors = [_DoorState() for _ in history.doors]
        self._events: list[tuple[int, int, Callable[[int], None]]] = []
        self._number = 0

    def run(self) -> Outcome:
        """The whole day, and what was under way at its end."""
        for door in self.doors:
            door.shows = door.told = shown_of(self.left, self.rules, 0)
        for at, pieces in self.history.restocks:
            self._at(at, partial(self._put_back, pieces))
        waiting = deque(self.history.buyers)
        while waiting or self._events:
            if waiting and (not self._events or waiting[0].at <= self._events[0][0]):
                self._buy(waiting.popleft())
            else:
                now, _, happens = heappop(self._events)
                happens(now)
        return Outcome(self.oversold, self.lost, self.sold)

    def _at(self, when: int, happens: Callable[[int], None]) -> None:
        self._number += 1
        heappush(self._events, (when, self._number, happens))

    def _buy(self, buyer: Buyer) -> None:
        door = self.doors[buyer.door]
        if door.shows >= buyer.pieces:
            door.shows -= buyer.pieces
            door.sold += buyer.pieces
            self.accepted_unheard += buyer.pieces
            self._at(buyer.at + buyer.order_delay, partial(self._hear, buyer))
        elif self.left - self.accepted_unheard >= buyer.pieces:
            self.lost += buyer.pieces

    def _hear(self, buyer: Buyer, now: int) -> None:
        """The order reaches the ledger, which takes it or cannot."""
        door = self.doors[buyer.door]
        door.heard += buyer.pieces
        self.accepted_unheard -= buyer.pieces
        door.rate = door.rate.sold(buyer.pieces, now)
        door.ordering = door.ordering.measured(now - buyer.at)
        if self.left < buyer.pieces:
            self.oversold += buyer.pieces
        else:
            self.left -= buyer.pieces
            self.sold += buyer.pieces
            if buyer.cancels_after is not None:
                self._at(now + buyer.cancels_after, partial(self._cancel, buyer))
        self._publish(now)

    def _cancel(self, buyer: Buyer, now: int) -> None:
        self.sold -= buyer.pieces
        self._put_back(buyer.pieces, now)

    def _put_back(self, pieces: int, now: int) -> None:
        self.left += pieces
        self._publish(now)

    def _publish(self, now: int) -> None:
        buffers = self._buffers(now) if self.rules.lag_aware else [0] * len(self.doors)
        for place, buffer in enumerate(buffers):
            self._tell(now, place, buffer)

    def _tell(self, now: int, place: int, buffer: int) -> None:
        """Send the newest number, one at a time; the next waits for the last to arrive."""
        door = self.doors[place]
        number = shown_of(self.left, self.rules, buffer)
        believed = max(0, door.told - (door.heard - door.heard_when_told))
        if number == believed and not door.is_on_the_way:
            return
        door.changed_at = now if door.changed_at is None else door.changed_at
        if door.is_on_the_way:
            return
        changed_at, door.changed_at, door.is_on_the_way = door.changed_at, None, True
        door.told, door.heard_when_told = number, door.heard
        delays = self.history.doors[place].delays
        delay = delays[door.publications % len(delays)]
        door.publications += 1
        self._at(now + delay, partial(self._arrive, place, changed_at))

    def _arrive(self, place: int, changed_at: int, now: int) -> None:
        """The door shows the number less what it sold of which the number knew nothing."""
        door = self.doors[place]
        door.shows = max(0, door.told - (door.sold - door.heard_when_told))
        door.is_on_the_way = False
        door.publishing = door.publishing.measured(now - changed_at)
        if door.changed_at is not None:
            buffers = self._buffers(now) if self.rules.lag_aware else [0] * len(self.doors)
            self._tell(now, place, buffers[place])
            if not door.is_on_the_way:
                door.changed_at = None

    def _buffers(self, now: int) -> list[int]:
        seen = [
            (
                Door("", d.publishing.expected(UNKNOWN_DELAY), d.ordering.expected(0)),
                d.rate.per_day(now),
            )
            for d in self.doors
        ]
        result = []
        for place, (own, _) in enumerate(seen):
            others = [other for index, other in enumerate(seen) if index != place]
            sizes = [d.rate.size() for i, d in enumerate(self.doors) if i != place]
            expected = expected_elsewhere(own, others)
            size = max(sizes, default=MICRO)
            result.append(lag_buffer(expected, size, self.rules.lag_aware_max, self.certainty))
        return result
