"""Options that several commands share, worded once."""

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
