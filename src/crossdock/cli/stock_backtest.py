"""`crossdock stock backtest`"""

from typing import Annotated

import typer
from rich.text import Text

from crossdock.cli.campaign_bar import campaign_bar
from crossdock.cli.options import SEED_MAX, Json
from crossdock.cli.output import faint, plain, print_json, right, show, table
from crossdock.processes.inventory.exposure.backtest import LAG_AWARE, SEEDS, Result, run


def backtest(
    seeds: Annotated[int, typer.Option(min=1, max=10_000, help="How many histories.")] = len(SEEDS),
    first_seed: Annotated[
        int, typer.Option(min=0, max=SEED_MAX, help="The first one's seed.")
    ] = SEEDS.start,
    json: Json = False,
) -> None:
    """What a buffer costs: seeded histories of sales under each way to hold stock back.

    Oversold is what was sold and not there, lost is what was asked for at a door that showed none
    while it was there. Nothing of yours is read or written.

    Examples:

      crossdock stock backtest

      crossdock stock backtest --seeds 200 --first-seed 5000 --json
    """
    histories = range(first_seed, first_seed + seeds)
    result = Result({})
    with campaign_bar("histories", seeds) as advance:
        for seed in histories:
            result = result.with_more(run([seed]))
            advance(f"{result.outcomes[LAG_AWARE].oversold} oversold")
    if json:
        print_json(
            {
                "seeds": [histories.start, histories.stop - 1],
                "outcomes": {name: o._asdict() for name, o in result.outcomes.items()},
                "better_than_lag_aware": result.dominators(),
                "worse_than_lag_aware": result.dominated(),
            }
        )
        return
    made = table("Policy", right("Oversold"), right("Lost"), right("Sold"), "")
    worse, better = result.dominated(), result.dominators()
    for name, outcome in result.outcomes.items():
        words = "worse on both" if name in worse else "better on both" if name in better else ""
        style = "bold" if name == LAG_AWARE else ""
        cells = (f"{n:,}" for n in (outcome.oversold, outcome.lost, outcome.sold))
        made.add_row(
            Text(name, style=style), *(Text(c, style=style) for c in cells), faint(words)
        )  # fmt: skip
    show(made, plain(f"pieces, over histories {histories.start} to {histories.stop - 1}"))
