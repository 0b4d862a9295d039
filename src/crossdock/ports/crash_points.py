"""Named places where a test kills the process, to prove that dying there costs nothing.

In production `reach` does nothing: no action is installed.
"""

from collections.abc import Callable

AFTER_INTENT = "after_intent"
"""The attempt is recorded, the request not yet sent."""
AFTER_SEND = "after_send"
"""The request was sent and served, its reply not yet read."""
BEFORE_OBSERVE = "before_observe"
"""The reply was read, what it says not yet recorded."""

_action: Callable[[str], None] | None = None


def reach(name: str) -> None:
    """Called by the engine and the transports as they pass the place."""
    if _action is not None:
        _action(name)


def install(action: Callable[[str], None] | None) -> None:
    """Set what happens at the places; None removes it."""
    global _action  # noqa: PLW0603 - one switch per process, set by tests only
    _action = action
