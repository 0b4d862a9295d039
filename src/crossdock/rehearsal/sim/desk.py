"""The people of a simulation: they work the hold queue as a careful order desk would."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crossdock.engine.store import StatementFailed, StoreUnavailable, load_queries
from crossdock.governance.mappings import MappingKind
from crossdock.ops.act import act
from crossdock.ops.mapping import map_code
from crossdock.ops.refuse_message import BusyNow, NothingToReject
from crossdock.ops.release_hold import ClosedAlready, release_hold
from crossdock.ops.word import Resolution, Word
from crossdock.processes.order_to_cash.agree_change import NotAgreed
from crossdock.processes.order_to_cash.change_sales_order import CHANGED
from crossdock.rehearsal.sim.amend import amend
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.trading_day import OWN_CODE, STRANGER_SKU

SQL = load_queries("crossdock.rehearsal", "rehearsal.sql")
TRIES = 3
"""So often the desk lets the same subject be tried again."""
BY_HAND = frozenset({"shipped_after_cancellation", "cancelled_after_confirmation", CHANGED})
"""What is settled outside, and said to be done."""
ENTERED_BY_HAND = 0.15
"""The share of held orders that somebody enters by hand instead of mending what is unknown."""


@dataclass(slots=True)
class Desk:
    """Looks at the queue from time to time."""

    house: SimHouse
    pause: float = 240.0
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)

    def work_on(self) -> None:
        """For ever: an actor."""
        while True:
            self.house.scheduler.sleep(self.pause)
            try:
                self.work()
            except (StoreUnavailable, StatementFailed):
                continue

    def work(self) -> int:
        """Work the queue once; returns how many holds were released."""
        house = self.house
        with house.store.transaction() as tx:
            holds = tx.rows(SQL.open_holds)
        released = self._enter_by_hand(holds) + self._map_strangers(holds)
        for hold in holds:
            if hold.code == CHANGED and not amend(house, hold.work_key, hold.erp_id):
                continue
            subject = (hold.work_key or "", hold.code)
            self.tried[subject] += 1
            if self.tried[subject] > TRIES:
                continue
            by_hand = hold.code in BY_HAND
            if hold.code == "cancelled_after_confirmation" and hold.erp_id:
                house.odoo.call("sale.order", "action_cancel", ids=[hold.erp_id])
            resolution = Resolution.DONE if by_hand else Resolution.RETRY
            released += self._release(hold.hold_id, resolution, "looked into it")
        return released

    def _release(self, hold_id: int, resolution: Resolution, why: str) -> bool:
        house = self.house
        word = Word("desk", house.scheduler.clock.now(), why)
        deed = partial(
            release_hold, registry=house.registry, hold_id=hold_id, resolution=resolution, word=word
        )
        try:
            act(house.store, deed)
        except (BusyNow, ClosedAlready, NotAgreed, NothingToReject):
            return False
        return True

    def _enter_by_hand(self, holds: Sequence[Any]) -> int:
        """Some that cannot be taken are entered by whoever sees them."""
        chance = self.house.faults.choose
        return sum(
            self._release(hold.hold_id, Resolution.DONE, "entered by hand")
            for hold in holds
            if hold.code == "unknown_sku" and chance(f"by hand {hold.work_key}") < ENTERED_BY_HAND
        )

    def _map_strangers(self, holds: Sequence[Any]) -> int:
        """The one SKU that Odoo knows under another code, which releases all that wait for it."""
        house = self.house
        if not any(h.need == f"sku:{house.shop_name}:{STRANGER_SKU}" for h in holds):
            return 0
        word = Word("desk", house.scheduler.clock.now(), "the same goods")
        pair = (STRANGER_SKU, OWN_CODE)
        act(house.store, lambda tx: map_code(tx, house.shop_name, MappingKind.SKU, pair, word))
        return 1
