import json
from pathlib import Path

import pytest

from crossdock.governance.schemas import (
    CannotExport,
    document_schema,
    document_types,
    export_schemas,
)


def test_every_canonical_document_has_a_schema(tmp_path: Path) -> None:
    assert {"SalesOrder", "OrderResponse", "Cancellation"} <= set(document_types())
    files = export_schemas(tmp_path / "new" / "folder")
    assert [f.name for f in files] == [f"{n}.schema.json" for n in document_types()]
    [order] = [f for f in files if f.name == "SalesOrder.schema.json"]
    written = json.loads(order.read_text(encoding="utf-8"))
    assert written == document_schema("SalesOrder")
    assert written["$id"] == "urn:crossdock:SalesOrder"
    assert written["additionalProperties"] is False


def test_exporting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [f.read_bytes() for f in export_schemas(tmp_path)]
    assert [f.read_bytes() for f in export_schemas(tmp_path)] == first


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotExport, match="file"):
        export_schemas(tmp_path / "file")
