"""The steps that a worker repeats, by stage: each looks for work, and tells if there was any."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

import structlog

from crossdock.engine import pace
from crossdock.engine.apply import Applier
from crossdock.engine.channels import APPLY, DELIVER, SWEEP
from crossdock.engine.clock import Clock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.in_hand import InHand
from crossdock.engine.pace import Pace
from crossdock.engine.registry import Registry
from crossdock.engine.store import SerializationConflict, Store
from crossdock.engine.sweep import SQL as SWEEP_SQL
from crossdock.engine.sweep import Sweeper
from crossdock.engine.upkeep import streams_of
from crossdock.ports.capabilities import Delivers, Sweeps

ENSURE_TRIES = 5
log = structlog.get_logger(__name__)


class Stage(StrEnum):
    """A part of the work that can run, scale and fail on its own."""

    APPLY = "apply"
    DELIVER = "deliver"
    SWEEP = "sweep"


@dataclass(slots=True)
class WorkerOptions:
    """How one worker runs."""

    stages: Sequence[Stage] = tuple(Stage)
    lease: timedelta = timedelta(seconds=30)
    poll_seconds: float = 1.0
    batch: int = 100
    public_url: str = ""
    """Where outside systems reach us (`https://edge.example`): webhooks are armed with it."""


@dataclass(frozen=True, slots=True)
class RepeatedStep:
    """One line of work; `channel` wakes it."""

    channel: str
    name: str
    once: Callable[[], object]
    """Truthy when there was work."""
    connection_id: int | None = None


@dataclass(slots=True)
class StagePlan:
    """What one worker repeats."""

    store: Store
    registry: Registry
    clock: Clock
    worker_id: str
    options: WorkerOptions
    wait: Callable[[float], bool]
    """Let so many seconds pass; True when the worker stops instead."""
    chance: random.Random = field(default_factory=random.Random)
    in_hand: InHand = field(default_factory=InHand)

    def steps(self) -> Iterator[RepeatedStep]:
        """One line of work for the apply stage, one for each slot and each swept connection."""
        makers = {
            Stage.APPLY: self._appliers,
            Stage.DELIVER: self._deliverers,
            Stage.SWEEP: self._sweepers,
        }
        for stage in self.options.stages:
            yield from makers[stage]()

    def _appliers(self) -> Iterator[RepeatedStep]:
        applier = Applier(
            self.store, self.registry, self.clock, self.worker_id, self.options.lease,
            self.options.batch,
        )  # fmt: skip
        yield RepeatedStep(APPLY, "apply", applier.apply_once)

    def _deliverers(self) -> Iterator[RepeatedStep]:
        for connection_id, attached in self.registry.attached.items():
            if not isinstance(attached.connector, Delivers):
                continue
            slots = slots_of(attached.connection.settings, attached.manifest.concurrency_max)
            shared = Pace(slots)
            for number in range(slots):
                deliverer = Deliverer(
                    self.store, self.clock, attached, self.worker_id, shared, self.options.lease,
                    self.chance, self.in_hand,
                )  # fmt: skip
                name = f"deliver {attached.connection.name} {number}"
                yield RepeatedStep(DELIVER, name, deliverer.deliver_once, connection_id)

    def _sweepers(self) -> Iterator[RepeatedStep]:
        """One for each connection: where one hangs, the others are swept on time; then chores."""
        for connection_id, attached in self.registry.attached.items():
            if not isinstance(attached.connector, Sweeps):
                continue
            sweeper = Sweeper(
                self.store, self.registry, self.clock, self.worker_id, self.options.lease,
                self.options.public_url, connection_id, self.wait, self.chance,
            )  # fmt: skip
            name = f"sweep {attached.connection.name}"
            yield RepeatedStep(SWEEP, name, sweeper.sweep_once, connection_id)
        for chore in self.registry.chores:
            once = partial(chore.once, self.store, self.registry, self.clock, self.worker_id)
            yield RepeatedStep(SWEEP, chore.name, once)


def ensure(store: Store, registry: Registry, now: datetime, public_url: str) -> None:
    """Make what the connections need in the database: slots, buckets and streams.

    Workers that start together may meet: it is done again then.
    """
    for _ in range(ENSURE_TRIES - 1):
        try:
            _ensure(store, registry, now, public_url)
        except SerializationConflict:
            continue
        return
    _ensure(store, registry, now, public_url)


def _ensure(store: Store, registry: Registry, now: datetime, public_url: str) -> None:
    with store.transaction() as tx:
        for attached in registry.attached.values():
            connection, manifest = attached.connection, attached.manifest
            slots = slots_of(connection.settings, manifest.concurrency_max)
            pace.ensure(tx, connection.connection_id, manifest, slots, now)
            for stream in streams_of(attached, public_url):
                made = tx.row(
                    SWEEP_SQL.ensure_stream,
                    connection_id=connection.connection_id,
                    company_id=connection.company_id,
                    stream=stream.name,
                    projection=stream.projection,
                    max_age=int(stream.max_age.total_seconds()) if stream.max_age else None,
                    interval=stream.interval_min.total_seconds(),
                    now=now,
                )
                if made and made.made:
                    log.info("stream.made", connection=connection.name, stream=stream.name)


def slots_of(settings: object, concurrency_max: int) -> int:
    """Calls in flight at once: the connection's `workers` setting, else the manifest's figure."""
    value = settings.get("workers") if hasattr(settings, "get") else None
    return max(1, int(value)) if value else concurrency_max
