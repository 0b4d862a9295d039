import os
from pathlib import Path

import pytest

from crossdock.bootstrap import DATABASE_VARIABLE
from crossdock.engine.postgres import EmbeddedPostgres
from crossdock.rehearsal.house import fresh_database


def test_the_server_is_stopped_unless_it_ran_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    server = EmbeddedPostgres(tmp_path / "postgres")
    try:
        with pytest.raises(KeyboardInterrupt):
            _interrupted(tmp_path)
        assert not server.running
        assert DATABASE_VARIABLE not in os.environ
        server.start()
        with fresh_database(tmp_path, "day") as url:
            assert url.endswith("/day") or "/day?" in url
        assert server.running
    finally:
        server.remove()


def _interrupted(directory: Path) -> None:
    with fresh_database(directory, "day") as url:
        os.environ[DATABASE_VARIABLE] = url
        raise KeyboardInterrupt
