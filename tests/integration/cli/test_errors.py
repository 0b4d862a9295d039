import pytest

from crossdock.cli.errors import CODE_OF, EXIT_CODES
from tests.integration.cli.conftest import Run, RunJson
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("orders show nix", 3, "nothing here is known as 'nix'"),
        ("holds release 99 --yes", 3, "no hold 99"),
        ("messages show 99", 3, "no message 99"),
        ("replay 99 --dry-run", 3, "no message 99"),
        ("map sku nowhere A B", 3, "no connection 'nowhere'"),
        ("map sku shop A NOT-THERE", 3, "erp has no products with sku:NOT-THERE"),
        ("map remove sku shop A --yes", 3, "no mapping of sku 'A'"),
        ("keys revoke nothing --yes", 3, "no API key 'nothing'"),
        ("events list --type sales_order.exploded", 3, "no event 'sales_order.exploded'"),
        ("connections pause nowhere", 3, "no connection 'nowhere'"),
        ("audit verify --head rubbish", 4, "NUMBER:HASH"),
        ("worker --stages cook", 2, "the stages are apply, deliver, sweep"),
        ("holds release 1 --observed rubbish --yes", 2, "no JSON"),
        ("holds release 1 --observed [] --yes", 2, "JSON object"),
        ("nonsense", 2, "No such command"),
    ],
)
def test_errors_are_one_line_and_a_code(
    house: PaperHouse, run: Run, arguments: str, code: int, words: str
) -> None:
    result = run(*arguments.split())
    assert result.exit_code == code, result.output
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    if code > 2:
        assert result.stderr.count("\n") == 1
        assert result.stderr.startswith("error: ")


def test_a_database_that_is_not_there_or_not_ready(
    run: Run, monkeypatch: pytest.MonkeyPatch, blank_database: str
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", blank_database)
    result = run("status")
    assert (result.exit_code, "run `crossdock migrate`" in result.stderr) == (5, True)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = run("orders", "list")
    assert (result.exit_code, "check CROSSDOCK_DATABASE_URL" in result.stderr) == (5, True)


def test_every_code_is_documented() -> None:
    assert set(CODE_OF) < set(EXIT_CODES)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("holds list --owner nobody", 3, "no owner of a hold 'nobody' was ever seen here"),
        ("holds list --code unknown_skuu", 3, "there are unknown_sku"),
        ("holds list --need sku:shop:Y", 3, "there are sku:shop:X"),
        ("holds list -c nowhere", 3, "erp, shop, wms"),
        ("orders list -c nowhere", 3, "no connection 'nowhere'"),
        ("messages list --kind nix", 3, "there are paper.order"),
        ("messages list -c nowhere", 3, "erp, shop, wms"),
        ("audit list --subject hold:99", 3, "no subject of an act 'hold:99'"),
        ("map list -c nowhere", 3, "erp, shop, wms"),
        ("map tax shop 6% X --unchecked", 4, "rate in per cent"),
        ("map tax shop 6.0:excl X --unchecked", 4, "can never be met"),
        ("map remove sku shop NIX", 3, "no mapping of sku 'NIX'"),
        ("keys revoke nothing", 3, "no API key 'nothing'"),
        ("ownership show nosuch", 3, "declared are"),
        ("companies add 1 one2 Renamed", 4, "add --yes"),
        ("companies add 9 one Nine", 4, "is the code of company 1"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_asked(
    house: PaperHouse, run: Run, arguments: str, code: int, words: str
) -> None:
    house.arrive(order_body(1, sku="X"))
    house.settle()
    result = run(*arguments.split())
    assert result.exit_code == code, result.output
    assert words in " ".join(result.stderr.split())


@pytest.mark.parametrize("codes", [("", "B-2"), ("X", "  ")])
def test_an_empty_code_is_refused(house: PaperHouse, run: Run, codes: tuple[str, str]) -> None:
    result = run("map", "sku", "shop", *codes, "--unchecked")
    assert (result.exit_code, "cannot be empty" in result.stderr) == (4, True)


def test_a_company_is_changed_only_when_somebody_says_so(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    assert run("companies", "add", 1, "one", "").exit_code == 2
    unasked = run("companies", "add", 1, "one", "Renamed")
    assert "→ one Renamed" in " ".join(unasked.stderr.split())
    assert run("companies", "add", 1, "one", "Renamed", "--yes").exit_code == 0
    assert run_json("companies", "list")[0]["name"] == "Renamed"
