"""A remedy as a connector words it, with the command that goes on once it was followed."""

RELEASE = "`crossdock holds release ID`"
RELEASE_AS_DONE = "`crossdock holds release ID --as done`"


def then_release(remedy: str) -> str:
    """One command, and the one that the remedy means.

    Where it speaks of releasing by itself, the command says how; else it is what comes then.
    """
    words = remedy or "mend the cause there"
    if words.endswith("release as done"):
        return f"{words}: {RELEASE_AS_DONE}"
    if "holds release" in words:
        return words
    return f"{words}: {RELEASE}" if ", then release" in words else f"{words}; then {RELEASE}"
