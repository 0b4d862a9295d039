from decimal import Decimal
from io import StringIO

from rich.console import Console

from crossdock.rehearsal.demo_report import show
from crossdock.rehearsal.house import House
from crossdock.rehearsal.reckoning import Reckoning


class QuietTwin:
    """A twin that nothing happened to."""

    def get(self, name: str) -> object:
        return {"webhooks": {"counts": {}}, "faults": {"struck": {}}}[name]


class QuietHouse:
    shop = odoo_twin = QuietTwin()


def printed(result: Reckoning) -> str:
    console = Console(width=100, record=True, file=StringIO())
    house: House = QuietHouse()  # type: ignore[assignment]
    show(console, result, house, seconds=1, struck={})
    return " ".join(console.export_text().split())


def test_what_is_not_shown_is_counted() -> None:
    result = Reckoning(cents={f"#{n}": Decimal("0.01") for n in range(32)})
    for n in range(23):
        result.differ("order", n, "differs")
    text = printed(result)
    assert "#3 +0.01 and 28 more" in text
    assert "and 3 more" in text


def test_nothing_is_added_where_all_is_shown() -> None:
    assert "more" not in printed(Reckoning(cents={"#1": Decimal("0.01")}))
