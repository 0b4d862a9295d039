"""Webhooks on their way from the twins to the receiving processes, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from crossdock.api.hooks.door import Door
from crossdock.engine.commit_arrivals import Committer, Fate, Ticket
from crossdock.engine.receive import KeptArrival
from crossdock.ports.errors import BadSignature
from crossdock.rehearsal.sim.faults import Faults, Kind
from crossdock.rehearsal.sim.scheduler import HOOK, Scheduler
from crossdock.testing.webhook_sender import Delivery

RETRIES = 4
RETRY_SECONDS = (10.0, 60.0, 300.0, 900.0)
COPIES_MAX = 5
TRAVEL_SECONDS = 3.0
TOGETHER_SECONDS = 0.002
"""Half of the doubles come so close behind the first that both are at work at once."""
LATE_SECONDS = 600.0


@dataclass(slots=True)
class Receiver:
    """One API process: its doors, and how it commits."""

    name: str
    doors: Mapping[str, Door]
    committer: Committer


@dataclass(slots=True)
class Network:
    """Takes what the twins send, loses, doubles and delays it, and knocks."""

    scheduler: Scheduler
    faults: Faults
    receivers: list[Receiver] = field(default_factory=list)
    acknowledged: set[tuple[int, str]] = field(default_factory=set)
    """Connection and message key of everything a sender was answered 2xx for."""
    under_way: int = 0

    def send(self, delivery: Delivery[Any]) -> None:
        """One event for one address."""
        place = urlsplit(delivery.url).path
        if self.faults.strike(Kind.WEBHOOK_LOST, place):
            return
        copies = 1
        if self.faults.strike(Kind.WEBHOOK_DOUBLED, place):
            copies = 2 + int(self.faults.choose(f"copies {place}") * (COPIES_MAX - 1))
        late = LATE_SECONDS if self.faults.strike(Kind.WEBHOOK_LATE, place) else 0.0
        travel = TRAVEL_SECONDS * self.faults.choose(f"travel {place}")
        for _ in range(copies):
            self._depart(delivery, late + travel)
            apart = self.faults.choose(f"apart {place}")
            travel += TOGETHER_SECONDS if apart < 0.5 else TRAVEL_SECONDS * apart

    def _depart(self, delivery: Delivery[Any], seconds: float) -> None:
        self.under_way += 1
        self.scheduler.at(seconds, lambda: self._arrive(delivery))

    def _arrive(self, delivery: Delivery[Any]) -> None:
        """A receiver that lives serves it, as an actor of its process."""
        receivers = self.receivers
        if not receivers:
            self.under_way -= 1
            self._again(delivery)
            return
        which = int(self.faults.choose("receiver") * len(receivers))
        receiver = receivers[which]
        heard: list[bool] = []

        def ended() -> None:
            self.under_way -= 1
            if not any(heard):
                self._again(delivery)

        self.scheduler.spawn(
            receiver.name, f"{HOOK} {urlsplit(delivery.url).path}",
            lambda: heard.append(self._serve(receiver, delivery)), ended=ended,
        )  # fmt: skip

    def _again(self, delivery: Delivery[Any]) -> None:
        """The sender heard nothing good: it tries again, not for ever."""
        if delivery.attempt < RETRIES:
            pause = RETRY_SECONDS[delivery.attempt]
            self._depart(replace(delivery, attempt=delivery.attempt + 1), pause)

    def _serve(self, receiver: Receiver, delivery: Delivery[Any]) -> bool:
        """Whether its sender hears 2xx."""
        name = urlsplit(delivery.url).path.rpartition("/")[2]
        headers = [(k.lower().encode(), v.encode()) for k, v in delivery.headers.items()]
        try:
            entry = receiver.doors[name].admit(headers, delivery.body, "")
        except BadSignature:
            return False
        ticket = Ticket(entry)
        receiver.committer.commit([ticket])
        if ticket.fate is not Fate.KEPT:
            return False
        if self.faults.strike(Kind.ANSWER_LOST, name):
            return False
        if isinstance(entry, KeptArrival):
            self.acknowledged.add((entry.connection_id, entry.identity.message_key))
        return True
