"""The sales order's state machine as a diagram and tables."""

from crossdock.processes.order_to_cash.order_status import (
    DESCRIPTIONS,
    MEANINGS,
    ON_CANCEL,
    TRANSITIONS,
    mermaid,
)
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
    cancellations = table(
        ["Status", "The channel cancels", "Somebody cancels it in the ERP"],
        ([code(s), channel, erp] for s, (channel, erp) in ON_CANCEL.items()),
    )
    meanings = table(["Word", "Meaning"], (list(pair) for pair in MEANINGS.items()))
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
        "## Cancellations",
        "Both may ask, in any order: nothing is sent to a warehouse from then on, and each is told"
        " what became of it.",
        cancellations,
        meanings,
    )
