"""All generated pages and blocks: where each goes, and whether it is up to date."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from crossdock.connectors.wms.contract import openapi as warehouse_api
from crossdock.governance.schemas import export_schemas
from crossdock.rehearsal.bench.cases import declared
from scripts.lib.reference import (
    commands,
    connections,
    events,
    http_api,
    limits,
    order_states,
    performance,
    roles,
)
from scripts.lib.reference.markdown import with_block
from scripts.lib.reference.pictures import dark

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "docs" / "reference"
PICTURES = ROOT / "docs" / "pictures"


def pages() -> Mapping[Path, str]:
    """Every generated file with the content it should have."""
    figures = performance.current(performance.read(REFERENCE / "benchmark.json"), declared())
    return {
        REFERENCE / "order-states.md": order_states.page_text(),
        REFERENCE / "events.md": events.page_text(),
        REFERENCE / "connections.md": connections.page_text(),
        REFERENCE / "commands.md": commands.page_text(),
        REFERENCE / "http-api.md": http_api.page_text(),
        REFERENCE / "roles.md": roles.page_text(),
        REFERENCE / "performance.md": performance.page_text(figures),
        REFERENCE / "schemas" / "warehouse-api.openapi.json": warehouse_api.document_text(),
        **_schemas(),
        **_dark_pictures(),
        **_filled(ROOT / "README.md", "figures", performance.figures(figures)),
        **_filled(
            ROOT / "docs" / "explanation" / "what-comes-in-is-hostile.md",
            "limits",
            limits.limits_table(),
        ),
        **_filled(
            ROOT / "docs" / "explanation" / "orders-and-their-states.md",
            "order-states",
            order_states.diagram(),
        ),
    }


def stale() -> list[Path]:
    """Files that differ from what the code says, surplus schemas included."""
    wanted = pages()
    differing = [path for path, text in wanted.items() if _read(path) != text]
    return sorted([*differing, *_surplus(wanted)])


def write() -> list[Path]:
    """Bring every stale file up to date; returns them."""
    changed = stale()
    wanted = pages()
    for path in changed:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return changed


def _surplus(wanted: Mapping[Path, str]) -> list[Path]:
    """Schemas of documents that exist no more."""
    return [path for path in (REFERENCE / "schemas").glob("*.json") if path not in wanted]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _schemas() -> dict[Path, str]:
    with tempfile.TemporaryDirectory() as folder:
        files = export_schemas(Path(folder))
        return {REFERENCE / "schemas" / f.name: f.read_text(encoding="utf-8") for f in files}


def _dark_pictures() -> dict[Path, str]:
    light = [p for p in PICTURES.glob("*.svg") if not p.stem.endswith("-dark")]
    return {
        p.with_stem(f"{p.stem}-dark"): dark(p.read_text(encoding="utf-8")) for p in sorted(light)
    }


def _filled(path: Path, block: str, content: str) -> dict[Path, str]:
    return {path: with_block(path.read_text(encoding="utf-8"), block, content)}
