"""The dark version of a picture: the same drawing in other colours."""

import re

DARK = {
    "#ffffff": "#0d1117",
    "#1f2933": "#e6edf3",
    "#52606d": "#9aa7b4",
    "#9aa5b1": "#5b6875",
    "#d5dbe1": "#30363d",
    "#f5f7f9": "#161b22",
    "#0b6e6e": "#4fd1c5",
    "#e3f4f3": "#10302f",
    "#a8501a": "#f0a868",
    "#fdf0e4": "#33241a",
    "#5b3fa0": "#b39ddb",
    "#efeaf8": "#241d36",
}
"""Light colour → dark colour; a picture uses no others."""


class UnknownColour(LookupError):
    """A picture uses a colour that has no dark counterpart."""

    def __init__(self, colour: str) -> None:
        super().__init__(f"{colour} has no dark counterpart in scripts/lib/reference/pictures.py")


def dark(svg: str) -> str:
    """The drawing for dark pages. Raises UnknownColour."""
    return re.sub(r"#[0-9a-fA-F]{6}\b", lambda found: _counterpart(found[0]), svg)


def _counterpart(colour: str) -> str:
    try:
        return DARK[colour.lower()]
    except KeyError:
        raise UnknownColour(colour) from None
