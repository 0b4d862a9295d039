"""How the warehouse works, and what it plans to do with each fulfilment order."""

import random
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from crossdock.connectors.wms.contract.fulfilment_orders import FulfilmentOrder

Amounts = dict[str, Decimal]
"""By line id."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Shares are fractions of all fulfilment orders; the same seed and ids draw the same."""

    auto: bool = False
    """Works by itself; else only when it is told to (`/_twin/work`)."""
    step_seconds: float = 0.05
    """Between two steps of one order: accept, pick, pack, ship, close, deliver."""
    wave_seconds: float = 0.0
    """Picking begins with the next wave, one every so many seconds; 0: at once."""
    refused: float = 0.0
    """Refused when they are put (422)."""
    unknown_skus: tuple[str, ...] = ()
    """Orders with one of them are refused when they are put (422)."""
    rejected: float = 0.0
    """Taken, then rejected by an event."""
    short_picks: float = 0.0
    split_parcels: float = 0.0
    """A shipment leaves in two parcels."""
    two_shipments: float = 0.0
    lots: float = 0.0
    """Shipped lines name their lots."""
    delivered: float = 1.0
    """The carrier reports the delivery."""
    seed: int = 1

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Behaviour":
        """Raises TypeError for unknown names."""
        known = dict(value)
        known["unknown_skus"] = tuple(known.get("unknown_skus", ()))
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the floor does with an order."""

    name: str
    """accept, reject, pick, pack, ship, close, deliver"""
    short: Amounts | None = None
    """pick: what cannot be found."""
    amounts: Amounts | None = None
    """ship: what leaves now; None: all that was picked and has not left."""
    parcels: int = 1
    lots: bool = False


def refuses(behaviour: Behaviour, order: FulfilmentOrder) -> bool:
    """Whether the warehouse refuses it at the door."""
    return _chance(behaviour, order, "refused").random() < behaviour.refused


def plan(behaviour: Behaviour, order: FulfilmentOrder) -> list[Step]:
    """The steps from its arrival to its end."""
    chance = _chance(behaviour, order, "plan")
    if chance.random() < behaviour.rejected:
        return [Step("reject")]
    wanted = {line.line_id: line.quantity.amount for line in order.lines}
    short = _short(wanted, chance) if chance.random() < behaviour.short_picks else {}
    left = {n: a - short.get(n, Decimal(0)) for n, a in wanted.items()}
    left = {n: a for n, a in left.items() if a}
    shipments = divide(left) if chance.random() < behaviour.two_shipments else [left]
    parcels = 2 if chance.random() < behaviour.split_parcels else 1
    lots = chance.random() < behaviour.lots
    steps = [Step("accept"), Step("pick", short=short)]
    if left:
        steps.append(Step("pack"))
        steps += [Step("ship", amounts=a, parcels=parcels, lots=lots) for a in shipments]
    steps.append(Step("close"))
    if left and chance.random() < behaviour.delivered:
        steps += [Step("deliver")] * len(shipments)
    return steps


def divide(amounts: Amounts) -> list[Amounts]:
    """In two, whole units each; in one when there is only one unit."""
    first = {n: a // 2 for n, a in amounts.items() if a // 2}
    if not first and len(amounts) > 1:
        name = next(iter(amounts))
        first = {name: amounts[name]}
    second = {n: a - first.get(n, Decimal(0)) for n, a in amounts.items()}
    return [part for part in (first, {n: a for n, a in second.items() if a}) if part]


def _short(wanted: Amounts, chance: random.Random) -> Amounts:
    name = chance.choice(sorted(wanted))
    return {name: min(wanted[name], Decimal(chance.randint(1, 2)))}


def _chance(behaviour: Behaviour, order: FulfilmentOrder, what: str) -> random.Random:
    """Depends on the order alone, not on when it comes."""
    return random.Random(f"{behaviour.seed}:{what}:{order.fulfilment_id}")  # noqa: S311 - repeatable, not secret
