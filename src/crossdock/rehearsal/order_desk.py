"""The order desk of the rehearsal: what a person does about what is held."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from crossdock.engine.registry import Registry
from crossdock.engine.store import Store, load_queries
from crossdock.governance.mappings import MappingKind
from crossdock.ops.act import act
from crossdock.ops.mapping import map_code
from crossdock.ops.release_hold import release_hold
from crossdock.ops.word import Resolution, Word
from crossdock.rehearsal.house import House
from crossdock.rehearsal.trading_day import OWN_CODE, STRANGER_SKU

SQL = load_queries(__package__, "rehearsal.sql")
ROUNDS_MAX = 8


def work(store: Store, registry: Registry, house: House) -> dict[str, int]:
    """Work the queue once; returns how many holds of each kind were mended.

    Unknown SKU: map it, which releases every order that waits for it. Cancelled too late: cancel
    by hand in Odoo; shipped already: the customer keeps it; nothing found: sent out anew. Anything
    else is left, so that the reckoning shows it.
    """
    word = Word(by="order desk", now=store.clock().now(), why="the demo's order desk")
    with store.transaction() as tx:
        holds = tx.rows(SQL.open_holds)
    mended: dict[str, int] = {}
    for code in {h.code for h in holds}:
        mended[code] = sum(h.code == code for h in holds)
    if any(h.need == f"sku:{house.shop_name}:{STRANGER_SKU}" for h in holds):
        act(
            store,
            lambda tx: map_code(
                tx, house.shop_name, MappingKind.SKU, (STRANGER_SKU, OWN_CODE), word
            ),
        )
    for hold in holds:
        if hold.code == "cancelled_after_confirmation":
            house.odoo.call("sale.order", "action_cancel", ids=[hold.erp_id])
            done = partial(release_hold, registry=registry, hold_id=hold.hold_id)
            act(store, partial(done, resolution=Resolution.DONE, word=word))
        if hold.code == "shipped_after_cancellation":
            done = partial(release_hold, registry=registry, hold_id=hold.hold_id)
            act(store, partial(done, resolution=Resolution.DONE, word=word))
        if hold.code == "found_nothing":
            again = partial(release_hold, registry=registry, hold_id=hold.hold_id)
            act(store, partial(again, resolution=Resolution.RETRY, word=word))
    return mended


def work_until_found(
    store: Store, registry: Registry, house: House, settle: Callable[[], None]
) -> dict[str, int]:
    """Work the queue and let everything settle, again while goods went out anew."""
    mended: Counter[str] = Counter()
    for _ in range(ROUNDS_MAX):
        found = work(store, registry, house)
        mended.update({c: n for c, n in found.items() if c == "found_nothing" or not mended[c]})
        settle()
        if "found_nothing" not in found:
            break
    return dict(mended)
