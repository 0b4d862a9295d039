"""Of which code a certificate or a figure speaks."""

import subprocess
from pathlib import Path


def commit_name() -> str:
    """Short name of the commit, `+` when files differ from it; `unknown` outside a checkout."""
    ask = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+"]
    try:
        found = subprocess.run(ask, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return "unknown"
    return found.stdout.strip() or "unknown"
