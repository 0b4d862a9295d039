"""`compute` for many SKUs at once, without the reasons: list by list instead of SKU by SKU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.processes.inventory.exposure.column_limits import limit_column
from crossdock.processes.inventory.exposure.column_pools import WholeStock, put
from crossdock.processes.inventory.exposure.columns import StockColumns
from crossdock.processes.inventory.exposure.kit_rows import KitPools
from crossdock.processes.inventory.exposure.plain_rows import PlainPools
from crossdock.processes.inventory.exposure.policy import ChannelPolicy, ExposureRules
from crossdock.processes.inventory.exposure.rule_groups import rule_groups
from crossdock.processes.inventory.exposure.terms import MICRO, BelowZero

LeadDays = dict[str, dict[int, int]]
"""Days by channel and row."""


@dataclass(frozen=True, slots=True)
class ManyComputed:
    """Numbers by channel, in the rows' order."""

    quantities: dict[str, list[int]]
    below_zero: list[BelowZero]
    lead_days: LeadDays
    """By channel and row, of numbers that are 0 and wait for a receipt."""


def compute_many(
    stock: StockColumns, policies: Sequence[ChannelPolicy], silence: Mapping[str, int]
) -> ManyComputed:
    """Equal to `compute` for every SKU; there stands what bound holds.

    `silence`: seconds since each location's feed was heard.
    """
    whole = WholeStock(stock, silence)
    quantities = {policy.channel: [0] * len(stock.skus) for policy in policies}
    lead_days: LeadDays = {policy.channel: {} for policy in policies}
    waiting = {row for place in stock.locations.values() for row in place.receipts}
    for group in rule_groups(stock.skus, policies, stock.kits):
        pools = KitPools(whole, group) if group.is_kits else PlainPools(whole, group)
        rows = [] if group.is_kits else [row for row in group.rows if row in waiting]
        for channel, rules in group.rules.items():
            column = quantities[channel]
            put(column, group.rows, limit_column(pools, channel, rules))
            if isinstance(pools, KitPools):
                lead_days[channel].update(_kit_lead_days(pools, channel, rules, column))
            for row in rows:
                if not column[row] and (days := whole.earliest(rules, row, MICRO)) is not None:
                    lead_days[channel][row] = days
    return ManyComputed(quantities, _below_zero(whole), lead_days)


def _kit_lead_days(
    pools: KitPools, channel: str, rules: ExposureRules, column: list[int]
) -> dict[int, int]:
    published = pools.whole.facts(channel).published
    found = {}
    for place, row in enumerate(pools.group.rows):
        if column[row]:
            continue
        is_known = bool(published) and published[row] is not None
        days = pools.lead_days(place, channel, rules, is_known=is_known)
        if days is not None:
            found[row] = days
    return found


def _below_zero(whole: WholeStock) -> list[BelowZero]:
    kits = whole.stock.kits
    return [
        BelowZero(whole.stock.skus[row], name, amount)
        for name, column in whole.now.items()
        for row, amount in enumerate(column)
        if amount < 0 and row not in kits
    ]
