"""Systems on paper that say what they have: an ERP by levels, a warehouse by counts and changes."""

import json
from dataclasses import dataclass
from typing import Any

from crossdock.domain.fulfilment import StockAdjustment, StockCount
from crossdock.domain.model import CanonicalModel
from crossdock.domain.stock import StockLevel
from crossdock.engine.receive import KeptArrival, identify_arrival, keep
from crossdock.governance.connections import add_connection
from crossdock.ports.capabilities import Connection
from crossdock.ports.manifest import InboundType, Manifest
from crossdock.ports.message import Arrival, MessageIdentity, Shape, Source
from tests.support.paper_house import PaperHouse

LEVEL, COUNT, ADJUSTMENT = "paper.level", "paper.count", "paper.adjustment"
TYPES: dict[str, type[CanonicalModel]] = {
    LEVEL: StockLevel, COUNT: StockCount, ADJUSTMENT: StockAdjustment,
}  # fmt: skip
COUNTER = Manifest(
    system="paper_counter",
    title="Somebody who counts",
    owner="warehouse",
    api_version="1",
    api_removed_on=None,
    settings=(),
    inbound=(
        InboundType(LEVEL, Shape.SNAPSHOT, "what stands there"),
        InboundType(COUNT, Shape.FACT, "what was counted"),
        InboundType(ADJUSTMENT, Shape.FACT, "what changed"),
    ),
)


@dataclass(slots=True)
class PaperCounter:
    """Sends documents as they are; the topic is their kind."""

    connection: Connection

    @property
    def manifest(self) -> Manifest:
        return COUNTER

    def close(self) -> None:
        """Nothing to give back."""

    def authenticate(self, arrival: Arrival) -> None:
        """Everybody is welcome."""

    def identify(self, arrival: Arrival) -> MessageIdentity:
        said = json.loads(arrival.body)
        place = said.get("location", "")
        work_key = f"{self.connection.name}:stock:{place}:{said['sku']}"
        if arrival.topic == LEVEL:
            key = f"level:{place}:{said['sku']}:{said['read_at']}"
            return MessageIdentity(LEVEL, key, work_key, version=said["read_at"])
        return MessageIdentity(arrival.topic, f"event:{said['event_id']}", work_key)

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        return TYPES[kind].model_validate_json(arrival.body)


def counter(house: PaperHouse, name: str) -> PaperCounter:
    """A source of that name, connected to the house."""
    with house.store.transaction() as tx:
        number = add_connection(
            tx, COUNTER, company_id=1, name=name, settings={}, secrets={}, now=house.clock.now()
        )
    source = PaperCounter(Connection(number, 1, name, "paper_counter", {}))
    house.registry.attach(source.connection, source)
    return source


def say(house: PaperHouse, source: PaperCounter, *documents: CanonicalModel) -> None:
    """The source says so; it is kept and decided."""
    kinds = {made: kind for kind, made in TYPES.items()}
    named: list[Any] = [
        identify_arrival(
            source.connection, source,
            Arrival(kinds[type(d)], {}, d.model_dump_json().encode()), Source.SWEEP, "warehouse",
        )
        for d in documents
    ]  # fmt: skip
    with house.store.transaction() as tx:
        keep(tx, [n for n in named if isinstance(n, KeptArrival)], house.clock.now())
    house.settle()
