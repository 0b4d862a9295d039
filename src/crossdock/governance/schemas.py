"""JSON Schemas of the canonical documents, for partners and for other languages."""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

from crossdock import domain
from crossdock.domain.model import CanonicalModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class CannotExport(OSError):
    """The folder cannot be written to."""


def document_types() -> dict[str, type[CanonicalModel]]:
    """Every canonical document (a model of the domain that names its `document_type`), by name."""
    for module in pkgutil.iter_modules(domain.__path__, f"{domain.__name__}."):
        importlib.import_module(module.name)
    found = {
        str(model.model_fields["document_type"].default): model
        for model in _descendants(CanonicalModel)
        if "document_type" in model.model_fields
        and model.__module__.startswith(f"{domain.__name__}.")
    }
    return dict(sorted(found.items()))


def document_schema(name: str) -> dict[str, Any]:
    """The schema of one document as it is sent and received. Raises KeyError."""
    schema = document_types()[name].model_json_schema(mode="validation")
    return {"$schema": DIALECT, "$id": f"urn:crossdock:{name}", **schema}


def export_schemas(folder: Path) -> list[Path]:
    """Write `<Document>.schema.json` for every document; returns the files. Raises CannotExport."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder, name) for name in document_types()]
    except OSError as error:
        raise CannotExport(
            f"the schemas cannot be written to {folder}: {error.strerror}; "
            "name a folder you may write to"
        ) from error


def _write(folder: Path, name: str) -> Path:
    file = folder / f"{name}.schema.json"
    text = json.dumps(document_schema(name), indent=2, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def _descendants(model: type[CanonicalModel]) -> set[type[CanonicalModel]]:
    children = set(model.__subclasses__())
    return children.union(*(_descendants(child) for child in children)) if children else children
