"""`crossdock connections resweep`: the one way back for a cursor."""

from crossdock.engine.sweep import SQL
from tests.integration.cli.conftest import Run, RunJson
from tests.support.paper_house import PaperHouse

STREAM = "SELECT cursor, fence, owner, failures, error FROM stream WHERE stream = 'products'"


def in_the_middle(house: PaperHouse) -> int:
    """A worker reads the products; returns its fence."""
    house.rows(
        "UPDATE stream SET cursor = 'z9', owner = 'w1', fence = nextval('fence'), failures = 3, "
        "until = %(now)s + interval '1 hour', error = 'gone', due_at = %(now)s "
        "WHERE stream = 'products' RETURNING 1",
        now=house.clock.now(),
    )
    fence: int = house.rows(STREAM)[0].fence
    return fence


def test_it_says_what_it_will_do_and_needs_a_yes(house: PaperHouse, run: Run) -> None:
    in_the_middle(house)
    before = house.rows(STREAM)
    result = run("connections", "resweep", "erp", "products")
    assert result.exit_code == 4
    for words in ("products of erp", "z9", "the beginning", "add --yes"):
        assert words in result.stderr
    assert house.rows(STREAM) == before


def test_it_is_read_again_from_there_and_noted(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    fence = in_the_middle(house)
    done = run_json("connections", "resweep", "erp", "products", "--why", "expired", "--yes")
    assert done == {"connection": "erp", "stream": "products", "was": "z9", "cursor": None}
    (stream,) = house.rows(STREAM)
    assert (stream.cursor, stream.owner, stream.failures, stream.error) == (None, None, 0, None)
    [act] = run_json("audit", "list")
    assert (act["action"], act["subject"]) == ("connection.resweep", "connection:erp")
    assert act["detail"] == {
        "stream": "products", "was": "z9", "cursor": None, "why": "expired",
    }  # fmt: skip
    erp = house.erp.connection.connection_id
    now = house.clock.now()
    moved = house.rows(
        SQL.move_cursor, cursor="zz", until=now, now=now, connection_id=erp, stream="products",
        fence=fence,
    )  # fmt: skip
    assert moved == [], "who read it before is not to move it on"
    assert run("connections", "resweep", "erp", "products", "--from", "b1", "--yes").exit_code == 0
    assert house.rows(STREAM)[0].cursor == "b1"


def test_what_does_not_exist_is_named(house: PaperHouse, run: Run) -> None:
    result = run("connections", "resweep", "erp", "prodcts")
    assert (result.exit_code, "partners, products, taxes, units" in result.stderr) == (3, True)
    assert run("connections", "resweep", "nobody", "orders").exit_code == 3
    assert run("connections", "resweep", "erp", "products", "--from", "").exit_code == 2
