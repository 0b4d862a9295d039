"""What must be true of any house at any time, and at rest."""

from collections import Counter
from typing import Any

from crossdock.engine.store import load_queries
from tests.support.order_owners import check_orders_have_an_owner
from tests.support.paper_house import PaperHouse

WATCHDOG = load_queries("crossdock.engine", "watchdog.sql")
ENDED = ("done", "duplicate", "stale", "rejected")
ANSWERED = (
    "confirmed", "released", "partly_shipped", "shipped", "invoiced", "cancelled", "rejected",
)  # fmt: skip
OPEN = ("waiting", "working", "held", "dead")


def ownerless(house: PaperHouse) -> list[Any]:
    """Promise P4: what is open and nobody's."""
    return list(house.rows(WATCHDOG.ownerless, now=house.clock.now()))


def check_always(house: PaperHouse) -> None:
    """True between any two steps."""
    doubled = house.rows(
        "SELECT connection_id, target_key FROM effect WHERE state = 'sending' "
        "GROUP BY connection_id, target_key HAVING count(*) > 1"
    )
    assert not doubled, f"two effects for one target in flight: {doubled}"
    overtaken = house.rows(
        "SELECT e.effect_id FROM effect e JOIN effect p USING (connection_id, target_key) "
        "WHERE p.effect_id < e.effect_id AND e.state = 'sending' "
        "AND p.state IN ('waiting', 'sending', 'held', 'dead')"
    )
    assert not overtaken, f"sent before an earlier one of its target was resolved: {overtaken}"


def check_at_rest(house: PaperHouse) -> None:
    """True when nothing is due any more."""
    check_always(house)
    assert ownerless(house) == []
    _check_sums(house)
    _check_one_order_per_identity(house)
    _check_answers(house)
    _check_histories(house)
    check_orders_have_an_owner(house)


def _check_sums(house: PaperHouse) -> None:
    """received = ended + open, per connection (the close)."""
    received = house.rows(
        "SELECT connection_id, count(DISTINCT message_key) AS n FROM delivery GROUP BY 1"
    )
    by_state = house.rows("SELECT connection_id, state, count(*) AS n FROM message GROUP BY 1, 2")
    counted: Counter[int] = Counter()
    for row in by_state:
        assert row.state in ENDED + OPEN
        assert row.state != "working", "at rest nothing is being worked on"
        counted[row.connection_id] += row.n
    assert {r.connection_id: r.n for r in received} == dict(counted)
    first = house.rows("SELECT count(*) AS n FROM delivery WHERE NOT duplicate")[0].n
    assert first == sum(counted.values())


def _check_one_order_per_identity(house: PaperHouse) -> None:
    drafts = Counter(key for key, _ in house.erp.created)
    assert all(n == 1 for n in drafts.values()), f"an order was made twice: {drafts}"
    documents = house.rows(
        "SELECT document_id, count(*) AS n FROM document WHERE document_id IS NOT NULL GROUP BY 1"
    )
    assert all(row.n == 1 for row in documents)


def _check_answers(house: PaperHouse) -> None:
    """Each order answered at most once; exactly once when it ended (requirement C17)."""
    answers = Counter(a["reference"] for a in house.shop.answers if a["about"] == "order")
    assert all(n == 1 for n in answers.values()), answers
    for row in house.rows(
        "SELECT status, data -> 'order' ->> 'reference' AS reference FROM document"
    ):
        ended = row.status in ANSWERED
        assert answers[row.reference] == int(ended), (row.status, row.reference, answers)


def _check_histories(house: PaperHouse) -> None:
    """Ended means ended at an instant; open means not; a hold is open where and only where held."""
    wrong = house.rows(
        "SELECT message_id, state FROM message m "
        "WHERE (state = ANY (%(ended)s)) <> (ended_at IS NOT NULL) "
        "OR (state IN ('held', 'dead')) <> EXISTS (SELECT 1 FROM hold h "
        "WHERE h.message_id = m.message_id AND h.closed_at IS NULL)",
        ended=list(ENDED),
    )
    assert not wrong, wrong
    loose = house.rows(
        "SELECT effect_id, state FROM effect e WHERE (state IN ('held', 'dead')) <> EXISTS "
        "(SELECT 1 FROM hold h WHERE h.effect_id = e.effect_id AND h.closed_at IS NULL)"
    )
    assert not loose, loose
    assert house.rows("SELECT 1 FROM lease") == []
    assert house.rows("SELECT 1 FROM attempt WHERE ended_at IS NULL") == []
