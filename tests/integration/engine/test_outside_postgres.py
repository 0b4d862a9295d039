"""The throwaway server that stands for a customer's own."""

import psycopg

from tests.support.outside_postgres import outside_postgres


def test_serves_an_administrator_and_a_plain_owner() -> None:
    with outside_postgres() as server:
        with psycopg.connect(server.url) as connection:
            assert connection.info.server_version // 10000 == server.major_version
        with psycopg.connect(server.limited_url) as connection:
            row = connection.execute("SELECT current_setting('is_superuser')").fetchone()
            assert row == ("off",)
        url = server.url
    try:
        psycopg.connect(url)
    except psycopg.OperationalError:
        return
    raise AssertionError("the server still answers")
