"""Options that several commands share, worded once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated

import typer

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
