"""The twin's totals are a real Odoo's: 200 recorded orders, to the cent."""

import json
from decimal import Decimal
from pathlib import Path

import crossdock.connectors.odoo
from crossdock.connectors.odoo.twin.totals import (
    TaxedLine,
    TaxRate,
    line_total,
    order_total,
)

RECORDED = Path(crossdock.connectors.odoo.__file__).parent / "samples" / "recorded_totals.json"
CENTS = {"USD": Decimal("0.01"), "JPY": Decimal(1)}


def recorded():
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def taxed_lines(case, taxes):
    rates = [TaxRate(n, Decimal(percent), included) for n, (percent, included) in enumerate(taxes)]
    return [
        TaxedLine(
            Decimal(quantity), Decimal(price), Decimal(discount), tuple(rates[t] for t in numbers)
        )
        for quantity, price, discount, numbers in case["lines"]
    ]


def test_there_are_two_hundred_recorded_orders_of_every_kind():
    file = recorded()
    cases = file["cases"]
    assert len(cases) == 200
    assert {case["currency"] for case in cases} == {"USD", "JPY"}
    used = {tuple(numbers) for case in cases for *_, numbers in case["lines"]}
    assert () in used
    assert any(len(numbers) == 2 for numbers in used)
    assert len({n for numbers in used for n in numbers}) == len(file["taxes"])


def test_order_totals_equal_the_recorded_ones():
    file = recorded()
    wrong = []
    for number, case in enumerate(file["cases"]):
        total = order_total(taxed_lines(case, file["taxes"]), CENTS[case["currency"]])
        ours = [total.untaxed, total.tax, total.total]
        theirs = [Decimal(amount) for amount in case["order"]]
        if ours != theirs:
            wrong.append((number, ours, theirs))
    assert not wrong, f"{len(wrong)} of {len(file['cases'])} differ, first: {wrong[0]}"


def test_line_totals_equal_the_recorded_ones():
    file = recorded()
    wrong = []
    for number, case in enumerate(file["cases"]):
        lines = taxed_lines(case, file["taxes"])
        for line, theirs in zip(lines, case["line_totals"], strict=True):
            ours = line_total(line, CENTS[case["currency"]])
            if [ours.subtotal, ours.total] != [Decimal(amount) for amount in theirs]:
                wrong.append((number, line, ours, theirs))
    assert not wrong, f"{len(wrong)} lines differ, first: {wrong[0]}"
