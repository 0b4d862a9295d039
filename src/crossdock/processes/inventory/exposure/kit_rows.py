"""`pool` for many kits: the minimum over their components."""

from itertools import pairwise

from crossdock.processes.inventory.exposure.column_pools import (
    Floors,
    GroupPools,
    WholeStock,
    summed,
)
from crossdock.processes.inventory.exposure.policy import PIECES_MAX, ExposureRules
from crossdock.processes.inventory.exposure.rule_groups import RuleGroup
from crossdock.processes.inventory.exposure.silence import Feed
from crossdock.processes.inventory.exposure.terms import MICRO

NO_LIMIT = PIECES_MAX * MICRO


class KitPools(GroupPools):
    """Rests on the ring-fences of the plain SKUs: make it after those were granted.

    The components of all kits stand in one list; a kit's are those of its span.
    """

    def __init__(self, whole: WholeStock, group: RuleGroup) -> None:
        super().__init__(whole, group)
        components = [whole.stock.kits[row] for row in group.rows]
        self._rows = [row for kit in components for row, _ in kit]
        self._per_kit = [per_kit for kit in components for _, per_kit in kit]
        ends = [0]
        for kit in components:
            ends.append(ends[-1] + len(kit))
        self._spans = [slice(*span) for span in pairwise(ends)]
        self._owners = {owner for _, owner in whole.own}
        self._found: dict[tuple[object, ...], list[int]] = {}

    def pool(self, channel: str, rules: ExposureRules, *, trusts_frozen: bool) -> list[int]:
        totals = self._totals(channel, rules, self.whole.floors(rules, trusts_frozen=trusts_frozen))
        enough = [n // per_kit for n, per_kit in zip(totals, self._per_kit, strict=True)]
        return [min(enough[span]) for span in self._spans]

    def frozen(self, channel: str, rules: ExposureRules) -> list[int]:
        feeds = self.whole.feeds(rules)
        floors = tuple((name, None) for name, state in feeds.items() if state is Feed.FROZEN)
        totals = self._totals(channel, rules, floors)
        return [max(totals[span]) for span in self._spans]

    def own_fence(self, channel: str, rules: ExposureRules) -> list[int]:  # noqa: ARG002 - a kit has none
        return [NO_LIMIT] * len(self.group.rows)

    def lead_days(
        self, place: int, channel: str, rules: ExposureRules, *, is_known: bool
    ) -> int | None:
        """Days until every component that falls short has arrived; None: one never does.

        `place`: of the kit in its group. `is_known`: the channel was told a number before.
        """
        floors = self.whole.floors(rules, trusts_frozen=is_known)
        totals, span = self._totals(channel, rules, floors), self._spans[place]
        parts = zip(totals[span], self._rows[span], self._per_kit[span], strict=True)
        short = [self.whole.earliest(rules, row, need) for n, row, need in parts if n < need]
        known = [days for days in short if days is not None]
        return max(known) if known and len(known) == len(short) else None

    def _totals(self, channel: str, rules: ExposureRules, floors: Floors) -> list[int]:
        """Millionths of each component over the locations."""
        owner = channel if channel in self._owners else ""
        key = (floors, rules.horizon_days, owner)
        if key not in self._found:
            places = (self._place(n, owner, rules.horizon_days, floor) for n, floor in floors)
            self._found[key] = summed(places, len(self._rows))
        return self._found[key]

    def _place(self, location: str, owner: str, horizon_days: int, floor: int | None) -> list[int]:
        available = self.whole.available(location, horizon_days)
        column = [available[row] for row in self._rows]
        if kept := self.whole.kept.get(location):
            own = self.whole.own.get((location, owner)) or [0] * len(kept)
            others = [(kept[row] - own[row]) * MICRO for row in self._rows]
            column = [n - other for n, other in zip(column, others, strict=True)]
        if floor is None:
            return column
        return [min(n, floor * need) for n, need in zip(column, self._per_kit, strict=True)]
