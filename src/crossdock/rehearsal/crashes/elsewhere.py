"""Run Python on another host: `python -m crossdock.rehearsal.crashes.elsewhere HOST ARGUMENTS…`"""

import os
import sys

from crossdock.rehearsal.crashes.network import enter


def main() -> None:
    """Become the same program there."""
    enter(sys.argv[1])
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])  # noqa: S606 - our own program


if __name__ == "__main__":
    main()
