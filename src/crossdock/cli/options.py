"""Options that several commands share, worded once."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer

from crossdock.cli.errors import NOT_WELL, Refused

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Why = Annotated[str, typer.Option("--why", help="Your reason; kept with the act in the audit.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")]
Company = Annotated[
    int | None,
    typer.Option(
        "--company",
        envvar="CROSSDOCK_COMPANY",
        help="Company number; needed when there are several.",
    ),
]
ConnectionFilter = Annotated[
    str | None, typer.Option("--connection", "-c", help="Only of this connection.")
]
Host = Annotated[str, typer.Option(help="Address the API listens on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port the API listens on.")]

PUBLIC_URL_VARIABLE = "CROSSDOCK_PUBLIC_URL"
PublicUrl = Annotated[
    str,
    typer.Option(
        envvar=PUBLIC_URL_VARIABLE,
        help="Where outside systems reach us: webhooks are checked and re-armed with it.",
    ),
]

SEED_MAX = 2**31 - 1
"""Ids are made of seeds: those of a larger one would not fit."""


def _writable(page: Path | None) -> Path | None:
    """Found before a campaign, not after it. Raises BadParameter with the remedy."""
    if page is None:
        return None
    if page.is_dir():
        raise typer.BadParameter(f"{page} is a folder; name a file in it")
    if not page.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {page.parent}; make it first")
    if not os.access(page if page.exists() else page.parent, os.W_OK):
        raise typer.BadParameter(f"{page} may not be written; name a file elsewhere")
    return page


Page = Annotated[
    Path | None,
    typer.Option(callback=_writable, help="Write the certificate there too, as Markdown."),
]


class Finding(Protocol):
    """What a campaign came to."""

    @property
    def holds_true(self) -> bool: ...

    def markdown(self) -> str: ...


def conclude(page: Path | None, found: Finding) -> None:
    """Write the page; exit with NOT_WELL where it does not hold. Raises Refused, Exit."""
    write_page(page, found.markdown())
    if not found.holds_true:
        raise typer.Exit(NOT_WELL)


def write_page(page: Path | None, markdown: str) -> None:
    """Call it when the result was shown: the disk may be full by now. Raises Refused."""
    if page is None:
        return
    try:
        page.write_text(markdown, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{page} cannot be written: {error.strerror}; the result is above") from error


def listed(command: str) -> Callable[[str], int]:
    """Reads a number that `command` lists. Raises BadParameter naming it."""

    def read(text: str) -> int:
        if not text.strip().isdecimal():
            raise typer.BadParameter(f"{text!r} is no number; `crossdock {command}` shows them")
        return int(text)

    return read


def instant(option: str, text: str) -> datetime:
    """`2026-03-02`, `2026-03-02T09:00`, `2026-03-02T09:00+01:00`; UTC where no zone is given.

    Raises BadParameter.
    """
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{option} {text}: not an instant; write 2026-03-02 or 2026-03-02T09:00+01:00"
        ) from None


def day(option: str, text: str) -> date:
    """`2026-03-02`. Raises BadParameter."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option} {text}: not a day; write 2026-03-02") from None
