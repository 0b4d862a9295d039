"""The close of a day: received = ended + open, each open one owned, kept once, shown again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossdock.domain.money import Money
from crossdock.engine.clock import ManualClock
from crossdock.engine.receive import Refusal, Refused, count_refusals
from crossdock.engine.registry import Attached
from crossdock.engine.store import Store, Transaction
from crossdock.governance.audit import list_acts, verify_chain
from crossdock.ops.close import (
    AlteredClose,
    Compare,
    NotClosed,
    close_day,
    last_close,
    scope_of,
)
from crossdock.ops.close_account import Scope
from crossdock.ops.close_result import Account, Close, CloseRun
from crossdock.ops.reconciliation.comparison import Comparison, Pair
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ops.word import Word
from crossdock.ports.errors import Unavailable
from crossdock.ports.listing import Listed, ListedKind, Sought
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse

DAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def house(store: Store, clock: ManualClock) -> PaperHouse:
    return PaperHouse(store, clock)


def scope(house: PaperHouse, day: date = DAY, only: str = "") -> Scope:
    return scope_of(house.registry, 1, day, only, house.clock.now())


def run(
    house: PaperHouse, day: date = DAY, only: str = "", compare: Compare | None = None
) -> CloseRun:
    return close_day(house.store, scope(house, day, only), Word("anna", house.clock.now()), compare)


def of(close: Close, connection: str) -> Account:
    return next(a for a in close.accounts if a.connection == connection)


def kinds(close: Close) -> list[str]:
    return [d.kind for d in close.differences]


def test_a_quiet_day_is_clean(house: PaperHouse) -> None:
    close = run(house).close
    assert close.clean
    assert (close.open, close.open_count) == ([], 0)


def test_an_order_with_many_questions_is_worth_what_it_is_worth(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="NEW"), order_body(2, sku="NEW"))
    house.settle()
    for number in (1, 1, 1, 2):
        house.rows(
            "INSERT INTO hold (company_id, connection_id, work_key, kind, code, field, reason, fix,"
            " value_amount, value_currency, owner, opened_at) SELECT company_id, connection_id,"
            " work_key, kind, %(code)s, field, reason, fix, value_amount, value_currency, owner,"
            " opened_at FROM hold WHERE work_key = %(key)s LIMIT 1 RETURNING hold_id",
            key=f"shop:order:{number}", code=str(len(house.held())),
        )  # fmt: skip
    (held,) = of(run(house).close, "shop").holds
    assert (held.opened, held.opened_value) == (6, Decimal("40.00"))
    assert (held.open, held.open_value, held.closed_value) == (6, Decimal("40.00"), Decimal(0))


def test_a_day_with_everything_in_it(house: PaperHouse) -> None:
    """One of each: done, repeated, held, unreadable, refused, still on its way."""
    house.arrive(order_body(1), order_body(1))
    house.arrive(order_body(2, sku="NEW"), order_body(3, quantity="-1"))
    house.settle()
    house.arrive(order_body(4))
    with house.store.transaction() as tx:
        refused = Refused(house.shop.connection, Refusal.BAD_SIGNATURE, 7)
        count_refusals(tx, [refused], house.clock.now())
    close = run(house).close
    shop = of(close, "shop")
    own = shop.messages.reentered
    m = shop.messages
    assert (m.arrivals - own, m.repeats, m.held, m.waiting) == (5, 1, 2, 1)
    assert m.balanced
    assert m.arrivals == m.ended + m.open
    assert shop.refused == {"bad_signature": 7}
    assert of(close, "erp").effects.balanced
    assert of(close, "erp").effects.made >= 2
    assert close.clean, "what is open and owned is no difference"
    owners = {(i.work_key, i.state): i.owner for i in close.open}
    assert owners["shop:order:2", "held"] == "order_desk"
    assert owners["shop:order:4", "waiting"] == "crossdock"
    [hold] = [h for h in shop.holds if h.currency == "EUR"]
    assert (hold.opened, hold.opened_value, hold.closed, hold.open) == (1, Decimal(20), 0, 1)


def test_a_hold_that_was_closed_counts_on_both_sides(house: PaperHouse, clock: ManualClock) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    clock.advance(timedelta(days=1))
    house.rows("UPDATE hold SET closed_at = %(now)s RETURNING 1", now=clock.now())
    house.rows("UPDATE message SET state = 'done', ended_at = %(now)s RETURNING 1", now=clock.now())
    [first] = of(run(house).close, "shop").holds
    assert (first.opened, first.closed, first.open) == (1, 0, 0)
    next_day = run(house, DAY + timedelta(days=1)).close
    [second] = [h for h in of(next_day, "shop").holds if h.currency]
    assert (second.opened, second.closed, second.closed_value) == (0, 1, Decimal(20))


def test_what_is_open_of_earlier_days_is_carried(house: PaperHouse, clock: ManualClock) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    clock.advance(timedelta(days=1))
    close = run(house, DAY + timedelta(days=1)).close
    assert of(close, "shop").messages.arrivals == 0
    assert of(close, "shop").messages.carried == 1
    assert [(i.work_key, i.owner) for i in close.open] == [("shop:order:1", "order_desk")]
    assert close.open_count == 1


def test_effects_behind_one_that_is_a_persons_are_that_persons(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    house.rows(
        "INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, "
        "work_key, lane, state, request, created_at, ready_at) SELECT company_id, connection_id, "
        "'behind', operation, target_key, work_key, lane, 'waiting', request, created_at, ready_at "
        "FROM effect RETURNING 1"
    )
    house.rows("UPDATE effect SET state = 'held' WHERE effect_key <> 'behind' RETURNING 1")
    assert [(i.id, i.owner) for i in run(house).close.open if i.state == "held"] == [(1, None)]
    house.rows(
        "INSERT INTO hold (company_id, connection_id, work_key, effect_id, kind, code, reason, "
        "fix, value_amount, value_currency, owner, opened_at) SELECT company_id, connection_id, "
        "work_key, effect_id, 'held', 'unknown', 'the line went dead', 'look', 20, 'EUR', "
        "'finance', created_at FROM effect WHERE state = 'held' RETURNING 1"
    )
    close = run(house).close
    effects = [(i.state, i.owner, i.reason, i.hold_id) for i in close.open if i.what == "effect"]
    assert effects == [
        ("held", "finance", "the line went dead", 1),
        ("waiting", "finance", "the line went dead", 1),
    ]
    assert close.clean


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        ("DELETE FROM message WHERE message_id = 1", "unaccounted_arrival"),
        ("DELETE FROM delivery WHERE delivery_id = 1", "unaccounted_message"),
        ("UPDATE delivery SET duplicate = true WHERE delivery_id = 1",
         "unbalanced_messages"),
        ("UPDATE hold SET closed_at = now()", "ownerless"),
        ("UPDATE message SET state = 'working' WHERE state = 'held'", "ownerless"),
        ("UPDATE effect SET state = 'sending', until = created_at", "ownerless"),
    ],
)  # fmt: skip
def test_whatever_is_lost_or_nobodys_is_found(
    house: PaperHouse, database: str, tamper: str, kind: str
) -> None:
    house.arrive(order_body(1), order_body(2, sku="NEW"))
    house.settle()
    assert run(house).close.clean
    with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
        assert owner.execute(tamper).rowcount > 0
    close = run(house).close
    assert kind in kinds(close)
    assert all(d.owner and d.remedy and d.ours and d.theirs for d in close.differences)


def test_each_connection_has_its_own_midnight(house: PaperHouse, clock: ManualClock) -> None:
    number = house.shop.connection.connection_id
    there = {**house.shop.connection.settings, "time_zone": "Pacific/Auckland"}
    connection = replace(house.shop.connection, settings=there)
    house.registry.attached[number] = Attached(connection, house.shop)
    clock.advance(timedelta(hours=2, minutes=-1))
    house.arrive(order_body(1))
    clock.advance(timedelta(minutes=2))
    house.arrive(order_body(2))
    assert of(run(house).close, "shop").messages.arrivals == 1
    assert of(run(house).close, "shop").time_zone == "Pacific/Auckland"
    assert of(run(house, DAY + timedelta(days=1)).close, "shop").messages.arrivals == 1
    with house.store.transaction() as tx:
        count_refusals(tx, [Refused(connection, Refusal.TOO_LARGE, 2)], clock.now())
    assert of(run(house, DAY + timedelta(days=1)).close, "shop").refused == {"too_large": 2}


def test_today_is_the_day_all_connections_agree_on(house: PaperHouse, clock: ManualClock) -> None:
    assert scope_of(house.registry, 1, None, "", clock.now()).day == DAY
    for number, attached in house.registry.attached.items():
        there = {**attached.connection.settings, "time_zone": "Pacific/Auckland"}
        house.registry.attached[number] = Attached(
            replace(attached.connection, settings=there), attached.connector
        )
    clock.advance(3 * HOUR)
    assert scope_of(house.registry, 1, None, "", clock.now()).day == DAY + timedelta(days=1)


def test_the_same_again_writes_nothing_and_another_finding_is_a_new_run(
    house: PaperHouse, clock: ManualClock
) -> None:
    house.arrive(order_body(1))
    house.settle()
    first = run(house)
    clock.advance(HOUR)
    again = run(house)
    assert (first.repeated, again.repeated) == (False, True)
    assert replace(again, repeated=False) == first
    house.arrive(order_body(2))
    third = run(house)
    assert third.run_id > first.run_id
    assert last_close(house.store, scope(house)) == third
    rows = house.rows("SELECT run_id, audit_sequence, audit_hash FROM close_run ORDER BY run_id")
    assert [r.run_id for r in rows] == [first.run_id, third.run_id]
    with house.store.transaction() as tx:
        acts = list_acts(tx, subject="close:2026-03-02")
        assert not verify_chain(tx, 1).broken
    assert [(a.sequence, a.hash) for a in reversed(acts)] == [tuple(r[1:]) for r in rows]
    assert acts[0].action == "day.close"


def test_one_connection_is_closed_alone(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    found = run(house, only="shop")
    assert [a.connection for a in found.close.accounts] == ["shop"]
    assert last_close(house.store, scope(house, only="shop")) == found
    with pytest.raises(NotClosed, match="was not closed"):
        last_close(house.store, scope(house))


def test_a_close_under_another_days_name_is_found(house: PaperHouse, database: str) -> None:
    house.arrive(order_body(1))
    house.settle()
    run(house)
    with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
        owner.execute("UPDATE close_run SET day = day - 1")
    with pytest.raises(AlteredClose):
        last_close(house.store, replace(scope(house), day=scope(house).day - timedelta(days=1)))


def test_a_close_that_was_changed_all_the_same_is_found(house: PaperHouse, database: str) -> None:
    house.arrive(order_body(1))
    house.settle()
    run(house)
    last_close(house.store, scope(house))
    with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
        owner.execute(
            "UPDATE close_run SET digest = 'x', "
            "result = jsonb_set(result, '{close,open_count}', '7'::jsonb)"
        )
    with pytest.raises(AlteredClose, match="not what the audit noted"):
        last_close(house.store, scope(house))


def test_a_connection_that_could_not_be_connected_leaves_the_day_unproven(
    house: PaperHouse,
) -> None:
    del house.registry.attached[house.erp.connection.connection_id]
    close = run(house).close
    assert [(d.kind, d.connection) for d in close.differences] == [("left_out", "erp")]
    assert run(house, only="shop").close.clean


def test_a_close_that_was_kept_cannot_be_changed(house: PaperHouse, store: Store) -> None:
    run(house)
    grants = house.rows(
        "SELECT has_table_privilege('crossdock_app', 'crossdock.close_run', p) AS may "
        "FROM unnest(ARRAY['UPDATE', 'DELETE']) p"
    )
    assert [r.may for r in grants] == [False, False]


@dataclass
class Listing(PaperShop):
    listed: list[Listed] = field(default_factory=list)
    error: Exception | None = None
    asked: list[Any] = field(default_factory=list)
    sought: list[Sought] = field(default_factory=list)

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        return (ListedKind.ORDER,)

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        self.asked.append((kind, since, until))
        if self.error:
            raise self.error
        yield from self.listed

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        self.sought += sought
        yield from (one for one in self.listed if one.key in {s.key for s in sought})


def compare(tx: Transaction, lists: Mapping[str, Sequence[Listed]], scope: Scope) -> Comparison:
    """As the comparing half is given its part: books by the transaction, lists by connection."""
    ours = {r.work_key for r in tx.rows("SELECT work_key FROM document")}

    def pair(connection: str, one: Listed) -> Pair:
        if f"{connection}:order:{one.key}" in ours:
            return Pair(connection, "order", one.key, 1, 1)
        value = Money(amount=one.amount or 0, currency="EUR")
        missing = Difference("missing_here", connection, one.name, "not in the ledger", one.status,
                             "integration", "`crossdock replay` it", value)  # fmt: skip
        return Pair(connection, "order", one.key, 0, 1, (missing,))

    return Comparison([pair(c, one) for c, listed in lists.items() for one in listed])


def test_lists_are_compared_in_the_closes_own_snapshot(house: PaperHouse) -> None:
    shop = Listing(house.shop.connection)
    house.registry.attached[shop.connection.connection_id] = Attached(shop.connection, shop)
    house.arrive(order_body(1))
    house.settle()
    at = house.clock.now()
    shop.listed = [Listed(ListedKind.ORDER, "1", "#1", "open", at, Decimal(20), "EUR")]
    assert run(house, compare=compare).close.clean
    since = datetime(2026, 3, 2, tzinfo=UTC)
    assert shop.asked == [(ListedKind.ORDER, since, since + timedelta(days=1))]
    assert shop.sought == []
    shop.listed.append(Listed(ListedKind.ORDER, "2", "#2", "open", at, Decimal(30), "EUR"))
    found = run(house, compare=compare)
    assert kinds(found.close) == ["missing_here"]
    assert shop.sought == [Sought("2")]
    assert found.close.differences[0].value == Money(amount=Decimal(30), currency="EUR")
    assert last_close(house.store, scope(house)) == found
    shop.error = Unavailable("connection refused")
    [difference] = run(house, compare=compare).close.differences
    assert (difference.kind, difference.connection) == ("not_listed", "shop")
    assert difference.theirs == "connection refused"


BODIES = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(1, 3), st.sampled_from(["A-1", "NEW"]),
        st.sampled_from(["2", "-1"]), st.booleans(),
    ),
    max_size=12,
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bodies=BODIES, steps=st.lists(st.integers(0, 2), max_size=12))
def test_whatever_comes_and_however_far_it_got_it_adds_up(
    house: PaperHouse, bodies: list[tuple[int, int, str, str, bool]], steps: list[int]
) -> None:
    for number, version, sku, quantity, cancelled in bodies:
        house.arrive(
            order_body(number, version=version, sku=sku, quantity=quantity, cancelled=cancelled)
        )
        for step in steps[:3]:
            _step(house, step)
    for step in steps:
        _step(house, step)
    close = run(house).close
    assert close.clean, close.differences
    for account in close.accounts:
        assert account.messages.balanced
        assert account.effects.balanced
    total = sum(a.messages.arrivals for a in close.accounts)
    assert total == house.rows("SELECT count(*) AS n FROM delivery")[0].n
    assert close.open_count == len(close.open)
    assert all(item.owner for item in close.open)


def _step(house: PaperHouse, step: int) -> None:
    if step == 0:
        house.applier().apply_once()
    else:
        house.deliverer("erp" if step == 1 else "shop").deliver_once()
