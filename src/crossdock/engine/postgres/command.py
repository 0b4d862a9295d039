"""Run one PostgreSQL program under the server's account."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossdock.engine.postgres.account import Account

# Nothing of the caller's environment (PGDATA, PGHOST, LC_*) may steer the programs.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program returned and wrote (both of its output streams, in order)."""

    succeeded: bool
    output: str


def run(
    account: Account, program: Path, arguments: Sequence[str | Path], text_in: str = ""
) -> Outcome:
    """Run to the end in a session of its own, so that no signal to the caller reaches it.

    Output goes through a file: a pipe would stay open as long as the server lives.
    """
    identity: dict[str, object] = {}
    if account.switched:
        identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as text:
        text.write(text_in)
        text.seek(0)
        finished = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
            [program, *arguments],
            stdin=text,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            check=False,
            **identity,
        )
        output.seek(0)
        return Outcome(finished.returncode == 0, output.read())
