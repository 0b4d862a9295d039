"""The calls recorded from a real Odoo 19, which lie beside the repository."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "evidence" / "odoo19"
needs_evidence = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the recorded calls (../shared/evidence/odoo19) are not here"
)


@cache
def recorded(name: str) -> dict[str, Any]:
    """One request and its response."""
    found: dict[str, Any] = json.loads((FOLDER / "calls" / f"{name}.json").read_text("utf-8"))
    return found


@cache
def fields_of(model: str) -> dict[str, dict[str, Any]]:
    """`fields_get` of a model as the administrator sees it."""
    found: dict[str, dict[str, Any]] = json.loads(
        (FOLDER / "fields" / f"{model}.json").read_text("utf-8")
    )
    return found


@cache
def methods_of(model: str) -> dict[str, dict[str, Any]]:
    """Public methods of a model with their parameters."""
    found: dict[str, dict[str, Any]] = json.loads(
        (FOLDER / "methods" / f"{model}.json").read_text("utf-8")
    )
    return found
