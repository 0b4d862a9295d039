"""The HTTP API, from its own OpenAPI description."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from crossdock.api.app import app
from crossdock.bootstrap import Deployment
from scripts.lib.reference.markdown import code, page, table

WEBHOOKS = [
    ["`POST /hooks/{connection}`", "A webhook of that connection, signed as its system signs"],
    ["`POST /hooks/{connection}/{token}`", "Likewise, for systems that cannot sign: Odoo"],
]
ANSWERS = [
    ["200", "kept: the bytes are committed; repeats and unreadable bodies as well"],
    ["401", "nobody we know has signed it; counted, not stored"],
    ["404, 405", "no such connection; not a POST"],
    ["408", "the sender took too long; nothing is stored"],
    ["413", "too large; counted, and its content comes by the sweep"],
    ["431", "the headers are too many or too large; nothing is stored"],
    ["503", "not stored: send it again"],
]


def page_text() -> str:
    """docs/reference/http-api.md."""
    # The description needs no deployment: routes are put together before one is used.
    described = app(cast("Deployment", None)).framework.openapi()
    return page(
        "HTTP API",
        described["info"]["description"],
        "`GET /openapi.json` gives the whole description, schemas included.",
        table(["Request", "What it is"], _routes(described["paths"])),
        *(part for section in _with_parameters(described["paths"]) for part in section),
        "## Webhooks",
        "Outside systems call these. They need no API key: the connector checks the signature.",
        table(["Request", "What it is"], WEBHOOKS),
        table(["Answer", "Meaning"], ANSWERS),
    )


def _operations(paths: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path.replace(':path}', '}')}", operation


def _routes(paths: Mapping[str, Any]) -> Iterator[list[str]]:
    for request, operation in _operations(paths):
        yield [code(request), operation.get("summary", "")]


def _with_parameters(paths: Mapping[str, Any]) -> Iterator[list[str]]:
    for request, operation in _operations(paths):
        rows = [
            [code(p["name"]), p["in"], p.get("description") or p["schema"].get("description", "")]
            for p in operation.get("parameters", ())
        ]
        if rows:
            said = operation.get("description", "")
            yield [f"## {request}", said, table(["Parameter", "In", "Meaning"], rows)]
