"""`pool` for many plain SKUs: sums over locations, less what is ring-fenced for others."""

from collections.abc import Sequence
from operator import add, sub

from crossdock.processes.inventory.exposure.column_pools import (
    Floors,
    GroupPools,
    WholeStock,
    summed,
)
from crossdock.processes.inventory.exposure.fence_rows import grant_rows
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.rule_groups import RuleGroup
from crossdock.processes.inventory.exposure.silence import Feed


class PlainPools(GroupPools):
    """Lists are shared by channels that see the same."""

    def __init__(self, whole: WholeStock, group: RuleGroup) -> None:
        super().__init__(whole, group)
        self._found: dict[tuple[object, ...], list[int]] = {}
        grant_rows(whole, group)

    def pool(self, channel: str, rules: ExposureRules, *, trusts_frozen: bool) -> list[int]:
        return self._sum(channel, rules, self.whole.floors(rules, trusts_frozen=trusts_frozen))

    def frozen(self, channel: str, rules: ExposureRules) -> list[int]:
        feeds = self.whole.feeds(rules)
        floors = tuple((name, None) for name, state in feeds.items() if state is Feed.FROZEN)
        return self._sum(channel, rules, floors)

    def own_fence(self, channel: str, rules: ExposureRules) -> list[int]:
        own = [c for n in rules.locations if (c := self.whole.own.get((n, channel)))]
        return summed((self.of_group(column) for column in own), len(self.group.rows))

    def _sum(self, channel: str, rules: ExposureRules, floors: Floors) -> list[int]:
        owner = channel if rules.ring_fence else ""
        key = (floors, rules.horizon_days, owner)
        if key not in self._found:
            places = (self._place(n, owner, rules.horizon_days, floor) for n, floor in floors)
            self._found[key] = summed(places, len(self.group.rows))
        return self._found[key]

    def _place(
        self, location: str, owner: str, horizon_days: int, floor: int | None
    ) -> Sequence[int]:
        column = self.of_group(self.whole.pieces(location, horizon_days))
        if kept := self.whole.kept.get(location):
            column = list(map(sub, column, self.of_group(kept)))
            if own := self.whole.own.get((location, owner)):
                column = list(map(add, column, self.of_group(own)))
        if floor is None:
            return column
        return [n if n < floor else floor for n in column]
