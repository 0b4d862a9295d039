"""The API's description (OpenAPI), as it is served and as the reference is made from."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

PLAIN = "application/json"
PROBLEM = "application/problem+json"
PROBLEM_CONTENT = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}


def description(framework: FastAPI) -> dict[str, Any]:
    """The framework's own description, with errors under the media type they are sent as."""
    document = framework.openapi()
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = _with_problem(response["content"])
    return document


def _with_problem(content: Mapping[str, Any]) -> dict[str, Any]:
    others = {media: what for media, what in content.items() if what != PROBLEM_CONTENT}
    return {**others, PROBLEM: PROBLEM_CONTENT}
