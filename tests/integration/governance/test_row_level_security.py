"""A session limited to company 1 against rows of company 2: neither seen nor written."""

from collections.abc import Iterator

import pytest

from crossdock.engine.store import StatementFailed, Store
from tests.support import database as databases
from tests.support.one_row_each import ROWS, insert_one_row_each, insert_statement

WITHOUT_COMPANY_OF_THEIR_OWN = {"company"}
HISTORY = ("event", "audit", "delivery", "close_run")
"""Written once."""


@pytest.fixture(scope="module")
def shared(database_server: str, database_template: str) -> Iterator[str]:
    """One database for all of these tests: none of them commits a change."""
    with databases.clone(database_server, database_template) as url:
        yield url


@pytest.fixture(scope="module")
def both(shared: str) -> Iterator[Store]:
    with Store(shared, size=2) as store:
        with store.transaction() as tx:
            tx.run("INSERT INTO company VALUES (3, 'three', 'Company three')")
            for company_id in (1, 2):
                insert_one_row_each(tx, company_id)
        yield store


@pytest.fixture(scope="module")
def first(both: Store, shared: str) -> Iterator[Store]:
    """A store for company 1 alone."""
    with Store(shared, size=2, companies=[1]) as limited:
        yield limited


def test_every_table_with_a_company_is_tried_here(both: Store) -> None:
    with both.transaction() as tx:
        rows = tx.rows(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'crossdock' "
            "AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname = 'company_id'"
        )
    assert {r.relname for r in rows} - WITHOUT_COMPANY_OF_THEIR_OWN == set(ROWS)


@pytest.mark.parametrize("table", ROWS)
def test_another_company_is_not_seen(first: Store, both: Store, table: str) -> None:
    count = f"SELECT company_id FROM {table} ORDER BY company_id"
    with both.transaction() as tx:
        assert [r.company_id for r in tx.rows(count)] == [1, 2]
    with first.transaction() as tx:
        assert [r.company_id for r in tx.rows(count)] == [1]


@pytest.mark.parametrize("table", ROWS)
def test_another_company_is_not_written(first: Store, table: str) -> None:
    with (
        pytest.raises(StatementFailed, match="row-level security"),
        first.transaction() as tx,
    ):
        tx.run(_for_company_3(table))


def _for_company_3(table: str) -> str:
    """An insert that only row-level security can refuse: everything it refers to is in sight."""
    return insert_statement(table, 1).replace("(1,", "(3,", 1).replace(", 1,", ", 3,")


@pytest.mark.parametrize("table", sorted(set(ROWS) - set(HISTORY)))
def test_a_row_is_not_given_away_and_a_foreign_one_not_touched(first: Store, table: str) -> None:
    with (
        pytest.raises(StatementFailed, match="row-level security"),
        first.transaction() as tx,
    ):
        tx.run(f"UPDATE {table} SET company_id = 2")
    with first.transaction() as tx:
        assert tx.run(f"UPDATE {table} SET company_id = 1 WHERE company_id = 2") == 0
        assert tx.run(f"DELETE FROM {table} WHERE company_id = 2") == 0


@pytest.mark.parametrize(
    "hostile",
    [
        "SELECT convert_from(body, 'UTF8') FROM delivery WHERE company_id = 2 OR true",
        "SELECT d.body FROM message m JOIN delivery d ON d.company_id <> m.company_id",
        "SELECT body FROM delivery WHERE company_id <> 1 AND 1 / (company_id - company_id + 1) = 1",
        "SELECT row_to_json(d) FROM delivery d WHERE convert_from(body, 'UTF8') ~ 'secret of 2'",
        "SELECT * FROM delivery TABLESAMPLE SYSTEM (100) WHERE convert_from(body, 'UTF8') ~ 'of 2'",
    ],
)
def test_hostile_queries_learn_nothing(first: Store, hostile: str) -> None:
    with first.transaction() as tx:
        assert "secret of 2" not in repr(tx.rows(hostile))


def test_a_partition_is_not_read_past_its_parent(first: Store) -> None:
    with pytest.raises(StatementFailed, match="permission denied"), first.transaction() as tx:
        tx.rows("SELECT body FROM delivery_default")


def test_a_session_for_no_company_sees_nothing(both: Store, shared: str) -> None:
    with Store(shared, size=1, companies=[]) as nobody, nobody.transaction() as tx:
        assert all(not tx.rows(f"SELECT 1 FROM {table}") for table in ROWS)


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET company_id = 1", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_history_is_append_only(both: Store, table: str, statement: str) -> None:
    with pytest.raises(StatementFailed, match="permission denied"), both.transaction() as tx:
        tx.run(statement.format(table))
