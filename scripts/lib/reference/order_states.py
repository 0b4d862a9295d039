"""The sales order's state machine as a diagram and tables."""

from crossdock.processes.order_to_cash.order_status import DESCRIPTIONS, TRANSITIONS, mermaid
from scripts.lib.reference.markdown import code, page, table


def diagram() -> str:
    """The machine as a fenced Mermaid block."""
    return f"```mermaid\n{mermaid()}\n```"


def page_text() -> str:
    """docs/reference/order-states.md."""
    states = table(
        ["Status", "Meaning"], ([code(status), text] for status, text in DESCRIPTIONS.items())
    )
    transitions = table(
        ["From", "Trigger", "To", "Guard"],
        ([code(t.source), t.trigger, code(t.target), t.guard] for t in TRANSITIONS),
    )
    return page(
        "States of a sales order",
        "What they mean in daily work is in"
        " [Orders and their states](../explanation/orders-and-their-states.md).",
        diagram(),
        "## States",
        states,
        "## Transitions",
        "Any other move is refused as an `IllegalTransition`.",
        transitions,
    )
