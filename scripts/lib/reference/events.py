"""The catalogue of canonical events."""

from crossdock.governance.catalog import EVENTS, EventDefinition
from scripts.lib.reference.markdown import code, page, table


def page_text() -> str:
    """docs/reference/events.md."""
    overview = table(
        ["Event", "Said by", "Meaning"],
        ([code(e.type), code(e.producer), e.meaning] for e in EVENTS),
    )
    return page(
        "Events",
        "Events are facts. Each is written in one transaction with the decision it follows from,"
        " and never changed: the application's database role may not update or delete one.",
        overview,
        *(part for event in EVENTS for part in _details(event)),
    )


def _details(event: EventDefinition) -> list[str]:
    fields = table(
        ["Field", "Meaning", "Present"],
        ([code(f.name), f.meaning, "always" if f.always else "sometimes"] for f in event.data),
    )
    return [f"## {event.type}", fields if event.data else "No data."]
