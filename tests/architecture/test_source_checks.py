"""Each source rule, broken on purpose in a copy of the tree."""

from pathlib import Path

import pytest

from tests.architecture.planted import PlantedTree
from tests.architecture.source_checks import main

CASES = [
    ("clock", "ops/late.py", "import datetime\nNOW = datetime.datetime.now(datetime.UTC)"),
    ("clock", "ops/late.py", "from datetime import datetime as d\nNOW = d.utcnow()"),
    ("clock", "ops/late.py", "from datetime import date\nTODAY = date.today()"),
    ("clock", "ops/late.py", "from datetime import date\nDEFAULT = dict(factory=date.today)"),
    ("clock", "ops/late.py", "from time import time\nNOW = time()"),
    ("clock", "ops/late.py", "import time as t\nNOW = t.time()"),
    ("clock", "ops/late.py", "from sqlalchemy import func\nNOW = func.now()"),
    ("clock", "ops/late.py", 'Q = "SELECT id FROM message WHERE wake_at < now()"'),
    ("clock", "ops/late.py", 'Q = "DEFAULT CURRENT_TIMESTAMP"'),
    ("clock", "ops/late.py", 'Q = "clock_timestamp()"'),
    ("clock", "ops/sql/late.sql", "SELECT 1;\nSELECT NOW ( );"),
    ("clock", "ops/sql/late.sql", "CREATE TABLE t (at timestamptz DEFAULT current_timestamp);"),
    ("domain", "domain/wide.py", "import sqlalchemy"),
    ("domain", "domain/wide.py", "import crossdock.ports.errors"),
    ("domain", "domain/wide.py", "from crossdock import ports"),
    ("domain", "domain/wide.py", "import time"),
    ("float", "domain/price.py", "def price(value: float) -> None: ..."),
    ("float", "domain/price.py", "def price() -> float | None: ..."),
    ("float", "domain/price.py", "class P:\n    amount: list[float]"),
    ("float", "processes/sale/price.py", "AMOUNT = 1.5"),
    ("float", "connectors/shop/mapping.py", "def to_price(text):\n    return float(text)"),
    ("float", "connectors/shop/mapping/prices.py", "VAT = 0.19"),
    ("except", "connectors/shop/client.py", "try:\n    pass\nexcept Exception:\n    pass"),
    ("except", "engine/quiet.py", "try:\n    pass\nexcept:\n    pass"),
    ("except", "processes/sale/quiet.py", "try:\n    pass\nexcept (OSError, Exception):\n    pass"),
    ("except", "engine/quiet.py", "import contextlib\nwith contextlib.suppress(Exception): ..."),
    ("except", "engine/quiet.py", "try:\n    pass\nexcept Exception:  # boundary:\n    pass"),
    ("sql", "ops/list.py", 'def f(c, t):\n    c.execute(f"TABLE {t}")'),
    ("sql", "ops/list.py", 'def f(c, t):\n    c.execute("TABLE %s" % t)'),
    ("sql", "ops/list.py", 'def f(c, t):\n    c.run("TABLE " + t)'),
    ("sql", "ops/list.py", 'def f(c, t):\n    c.execute("TABLE {}".format(t))'),
    ("sql", "ops/list.py", 'def f(t):\n    return f"SELECT * FROM {t}"'),
    ("sql", "ops/list.py", 'def f(t):\n    return "select x from " + t'),
    ("sql", "ops/list.py", 'def f(t):\n    return f"UPDATE {t} SET x = 1"'),
    ("name", "ops/utils.py", ""),
    ("name", "connectors/shop/base.py", ""),
    ("name", "engine/common/lock.py", ""),
]

ALLOWED = [
    ("engine/clock/reading.py", "import datetime\nNOW = datetime.datetime.now(datetime.UTC)"),
    ("ops/fine.py", "import time\nSTARTED = time.monotonic()"),
    ("ops/fine.py", '"""Never SELECT now() here."""'),
    ("ops/sql/fine.sql", "-- not now(): the clock passes it\nSELECT 1;"),
    ("domain/exact.py", "def refuse(x: object) -> bool:\n    return isinstance(x, float)"),
    ("engine/edge.py", "try:\n    pass\nexcept Exception:  # boundary: a worker goes on\n    pass"),
    ("ops/fine.py", 'def f(name):\n    raise ValueError(f"Update failed for {name}")'),
    ("ops/fine.py", 'def f(c, name):\n    c.execute("SELECT x FROM y WHERE z = %s", (name,))'),
]


@pytest.fixture
def tree(tmp_path: Path) -> PlantedTree:
    """An empty package: what the rules find here was planted."""
    package = tmp_path / "src" / "crossdock"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    return PlantedTree(tmp_path)


@pytest.mark.parametrize(("rule", "path", "text"), CASES)
def test_a_broken_rule_is_reported(
    tree: PlantedTree, rule: str, path: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.plant(path, text)
    assert {finding.rule for finding in tree.findings()} == {rule}
    assert main([str(tree.package)]) == 1
    assert f": {rule}: " in capsys.readouterr().out


@pytest.mark.parametrize(("path", "text"), ALLOWED)
def test_what_the_rules_allow(tree: PlantedTree, path: str, text: str) -> None:
    tree.plant(path, text)
    assert tree.findings() == []


def test_files_that_grow_beyond_the_limit(tree: PlantedTree) -> None:
    for number in range(10):
        tree.plant(f"ops/report_{number}.py", "LINE = 1\n" * 301)
    findings = tree.findings()
    assert {finding.rule for finding in findings} == {"size"}
    assert len(findings) == 10


def test_one_long_file_among_many_is_allowed(tree: PlantedTree) -> None:
    tree.plant("ops/long.py", "LINE = 1\n" * 400)
    for number in range(30):
        tree.plant(f"ops/short_{number}.py", "LINE = 1")
    assert tree.findings() == []


def test_a_function_longer_than_a_screen_is_named(
    tree: PlantedTree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.plant("ops/long.py", "def long():\n" + "    x = 1\n" * 61)
    assert main([str(tree.package)]) == 0
    assert "ops/long.py long() 62 lines" in capsys.readouterr().out


def test_the_tree_as_it_is_breaks_no_rule() -> None:
    root = Path(__file__).resolve().parents[2]
    assert main([str(root / "src" / "crossdock")]) == 0
