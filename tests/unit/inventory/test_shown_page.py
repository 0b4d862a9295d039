"""The page says what the code does: its example and its figures are made again."""

from pathlib import Path

from crossdock.processes.inventory.exposure.compute import compute
from crossdock.processes.inventory.exposure.policy import ChannelPolicy, ExposureRules
from crossdock.processes.inventory.exposure.terms import MICRO, ChannelFacts, Item, LocationTerms
from tests.unit.docs.markdown_files import ROOT
from tests.unit.inventory.drawn import START

PAGE: Path = ROOT / "docs" / "explanation" / "what-a-channel-is-shown.md"


def table(first_header: str) -> list[list[str]]:
    """The rows of the table that begins with this header."""
    lines = PAGE.read_text("utf-8").split(f"| {first_header} |")[1].splitlines()[2:]
    rows = lines[: lines.index("")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


def test_the_worked_example():
    item = Item(
        "TEE",
        {
            "EAST": LocationTerms(
                supply=25 * MICRO, unsellable=2 * MICRO, foreign_demand=3 * MICRO,
                allocated=4 * MICRO,
            ),
            "WEST": LocationTerms(supply=-4 * MICRO),
        },
        {"amazon": ChannelFacts(ring_fence_used=2)},
    )  # fmt: skip
    both = ("EAST", "WEST")
    shop = ExposureRules(locations=both, buffer=2, percentage=80, step=6)
    versions = [
        ChannelPolicy(channel="shop", valid_from=START, defaults=shop),
        ChannelPolicy(
            channel="amazon",
            valid_from=START,
            defaults=ExposureRules(locations=both, ring_fence=5),
        ),
    ]
    exposure = compute(item, versions, {}).exposures[0]
    told = [[row.name, f"{row.amount:f}", row.words] for row in exposure.explanation.rows]
    assert table("Row") == [*told, ["**shown**", f"**{exposure.quantity}**", ""]]


def test_the_rules_are_all_there():
    words = " ".join(row[0] for row in table("Rule"))
    assert [name for name in ExposureRules.model_fields if f"`{name}`" not in words] == []
