"""Write what is generated, or with `--check` name what is stale and exit 1."""

import sys

from scripts.lib.reference.pages import ROOT, stale, write


def main(arguments: list[str]) -> int:
    """Exit code 0: everything is as the code says."""
    if arguments not in ([], ["--check"]):
        print("scripts/docs [--check]", file=sys.stderr)
        return 2
    paths = stale() if arguments else write()
    for path in paths:
        print(f"{'stale' if arguments else 'wrote'} {path.relative_to(ROOT)}")
    return 1 if arguments and paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
