"""What came from outside is shown, never obeyed."""

import json

import pytest
from rich.padding import Padding
from rich.text import Text

from crossdock.cli.errors import words_of
from crossdock.cli.output import (
    clipped,
    facts,
    faint,
    plain,
    print_json,
    short,
    show,
    state,
    table,
    with_commands,
)

HOSTILE = "a\x1b[2J\x1b]0;pwned\x07\r\x9b31m\u202egnirts\u2066b\x7f"
SHOWN = "a[2J]0;pwned31mgnirtsb"


def grid() -> object:
    made = table(short("Work key"), clipped("About"), title=HOSTILE)
    made.add_row(plain(HOSTILE), faint(HOSTILE))
    made.add_row(HOSTILE, Text(HOSTILE))
    return made


@pytest.mark.parametrize(
    "part",
    [
        plain(HOSTILE), faint(HOSTILE), state(HOSTILE), Text(HOSTILE), Padding(HOSTILE, 1),
        with_commands(f"`{HOSTILE}`"), with_commands(HOSTILE), facts([("carrier", plain(HOSTILE))]),
        Text(HOSTILE, no_wrap=True), grid(),
    ],
)  # fmt: skip
def test_a_terminal_gets_no_orders(part: Text, capsys: pytest.CaptureFixture[str]) -> None:
    show(part)
    told = capsys.readouterr().out
    assert not set(told) & set(map(chr, (*range(10), *range(11, 32), *range(127, 160))))
    assert not set(told) & set("\u202e\u2066")
    assert SHOWN in told


def test_lines_of_a_body_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show(plain("one\ntwo"))
    assert capsys.readouterr().out == "one\ntwo\n"


def test_json_says_the_same_without_orders(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"sku": HOSTILE})
    told = capsys.readouterr().out
    assert json.loads(told) == {"sku": HOSTILE}
    assert told.isascii()


def test_an_error_is_one_harmless_line() -> None:
    assert words_of(LookupError(f"no {HOSTILE}\nx")) == f"no {SHOWN} x"
