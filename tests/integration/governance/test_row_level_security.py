from crossdock.engine.store import Store


def test_x(store: Store) -> None:
    with store.transaction() as tx:
        assert [r.company_id for r in tx.rows("select company_id from company order by 1")] == [1, 2]


def test_y(store: Store) -> None:
    with store.transaction() as tx:
        tx.run("insert into company values (3,'x','x')")


def test_z(store: Store) -> None:
    with store.transaction() as tx:
        assert [r.company_id for r in tx.rows("select company_id from company order by 1")] == [1, 2]


def test_blank(blank_database: str) -> None:
    pass
