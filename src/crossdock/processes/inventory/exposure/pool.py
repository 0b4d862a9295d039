"""What one channel could sell of one SKU before its own limits, location by location."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from crossdock.processes.inventory.exposure.explanation import Explanation
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.ring_fence import Granted, kept_for_others
from crossdock.processes.inventory.exposure.silence import Feed, feed
from crossdock.processes.inventory.exposure.terms import MICRO, Item, LocationTerms


class View(NamedTuple):
    """How one channel looks at supply."""

    channel: str
    rules: ExposureRules
    silence: Mapping[str, int]
    """Seconds since each location's feed was heard."""
    is_known: bool
    """The channel was told a number before, which a freeze can keep."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The terms of every eligible location, added up."""

    sku: str
    per_piece: int
    """Millionths that make one piece of what is sold: a component's quantity per kit."""
    explanation: Explanation
    own_fence: int
    """Pieces of it that are the channel's own."""
    feeds: frozenset[Feed]
    """Feeds that it rests on; a location with nothing to give does not matter."""


def pool_of(item: Item, granted: Granted, view: View, per_piece: int, *, is_whole: bool) -> Pool:
    """Each location ends at 0 or above; of a plain SKU (`is_whole`) it ends at whole pieces.

    A component is not cut to whole pieces here: half a metre of tape may be just what a kit takes.
    """
    explanation, own, feeds = Explanation(), 0, set()
    for name in view.rules.locations:
        terms = item.locations.get(name)
        if terms is None:
            continue
        before = explanation.millionths
        _available(explanation, name, terms, view.rules.horizon_days)
        if is_whole:
            odd = (explanation.millionths - before) % MICRO
            explanation.add(f"{name}: part of a piece", -odd, "only whole pieces are sold")
        kept = kept_for_others(granted, name, view.channel) * MICRO
        explanation.add(f"{name}: ring-fenced", -kept, "kept for other channels")
        own += granted.get(name, {}).get(view.channel, 0)
        state = feed(view.rules, view.silence.get(name, 0))
        if explanation.millionths > before:
            feeds.add(state)
        if state is Feed.SILENT or (state is Feed.FROZEN and not view.is_known):
            floor = view.rules.floor
            trusted = before + floor * per_piece
            explanation.lower(f"{name}: feed is silent", trusted, f"trusted for {floor} pieces")
    return Pool(item.sku, per_piece, explanation, own, frozenset(feeds))


def _available(
    explanation: Explanation, name: str, terms: LocationTerms, horizon_days: int
) -> None:
    before = explanation.millionths
    explanation.tell(f"{name}: supply", terms.supply, "there, as its authority says")
    explanation.add(f"{name}: unsellable", -terms.unsellable, "damaged or in quarantine")
    explanation.add(f"{name}: shipped", -terms.shipped, "left the house, not counted yet")
    explanation.add(f"{name}: foreign demand", -terms.foreign_demand, "orders not made through us")
    explanation.add(f"{name}: allocated", -terms.allocated, "promised to orders of ours")
    words = f"due within {horizon_days} days"
    explanation.add(f"{name}: receipts", terms.within(horizon_days), words)
    below = before - explanation.millionths
    explanation.add(f"{name}: below zero", max(0, below), "counts as 0 and is a case")
