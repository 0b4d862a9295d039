from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from crossdock.engine.store import StatementFailed, Store
from crossdock.governance.audit import AuditHead, list_acts, record_act, verify_chain

NOW = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)


def act(store: Store, number: int, company_id: int = 1) -> AuditHead:
    with store.transaction() as tx:
        return record_act(
            tx,
            company_id=company_id,
            principal="anna",
            action="hold.release",
            subject=f"hold:{number}",
            now=NOW,
            detail={
                "as": "retry",
                "value": Decimal("10.50"),
                "näme": ["ü", 1, None],
                "a": {"z": 1, "b": 2},
            },
        )


def test_an_untouched_chain_verifies(store: Store) -> None:
    heads = [act(store, n) for n in range(5)]
    act(store, 1, company_id=2)
    with store.transaction() as tx:
        verdict = verify_chain(tx, 1)
        assert (verdict.entries, verdict.broken, verdict.head) == (5, "", heads[-1])
        assert verify_chain(tx, 2).entries == 1
        assert [a.subject for a in list_acts(tx, subject="hold:3")] == ["hold:3"]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("principal = 'boris'", "entry 3 was altered"),
        ("detail = '{}'", "entry 3 was altered"),
        ("at = at + interval '1 microsecond'", "entry 3 was altered"),
        ("hash = repeat('a', 64)", "entry 3 was altered"),
        ("previous_hash = repeat('a', 64)", "entry 3 does not follow"),
        ("sequence = 30", "entry 3 is missing"),
    ],
)
def test_an_altered_row_is_found(store: Store, database: str, change: str, finding: str) -> None:
    for number in range(5):
        act(store, number)
    with psycopg.connect(database) as owner:
        owner.execute("SET search_path TO crossdock")
        assert owner.execute(f"UPDATE audit SET {change} WHERE sequence = 3".encode()).rowcount == 1
    with store.transaction() as tx:
        assert verify_chain(tx, 1).broken.startswith(finding)


def test_a_deleted_row_is_found(store: Store, database: str) -> None:
    for number in range(3):
        act(store, number)
    with psycopg.connect(database) as owner:
        owner.execute("DELETE FROM crossdock.audit WHERE sequence = 1")
    with store.transaction() as tx:
        assert verify_chain(tx, 1).broken == "entry 1 is missing"


def test_a_chain_cut_short_shows_in_its_head(store: Store, database: str) -> None:
    head = [act(store, n) for n in range(3)][-1]
    with psycopg.connect(database) as owner:
        owner.execute("DELETE FROM crossdock.audit WHERE sequence = 3")
    with store.transaction() as tx:
        verdict = verify_chain(tx, 1)
    assert not verdict.broken
    assert verdict.head != head


def test_an_act_and_its_record_fall_together(store: Store) -> None:
    act(store, 1)
    with pytest.raises(StatementFailed):
        _act_that_fails(store)
    with store.transaction() as tx:
        assert verify_chain(tx, 1).entries == 1


def _act_that_fails(store: Store) -> None:
    with store.transaction() as tx:
        record_act(tx, company_id=1, principal="p", action="a", subject="s", now=NOW)
        tx.run("SELECT 1 / 0")


def test_many_writers_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        heads = list(pool.map(lambda n: act(store, n), range(40)))
    assert sorted(h.sequence for h in heads) == list(range(1, 41))
    with store.transaction() as tx:
        verdict = verify_chain(tx, 1)
    assert (verdict.entries, verdict.broken) == (40, "")
