"""Which warehouse ships which line. Pure."""

from collections.abc import Mapping
from fnmatch import fnmatchcase


def warehouses_of(setting: str) -> list[tuple[str, str]]:
    """`cold=COLD-*, wms` → [("cold", "COLD-*"), ("wms", "*")], in the order they are tried."""
    found = []
    for part in filter(None, (p.strip() for p in setting.split(","))):
        name, _, pattern = part.partition("=")
        found.append((name.strip(), pattern.strip() or "*"))
    return found


def assign(setting: str, goods: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """Line ids by warehouse, and those that no pattern takes. `goods`: line id → SKU."""
    rules = warehouses_of(setting)
    taken: dict[str, list[str]] = {}
    nowhere: list[str] = []
    for line_id, sku in goods.items():
        name = next((name for name, pattern in rules if fnmatchcase(sku, pattern)), None)
        if name is None:
            nowhere.append(line_id)
        else:
            taken.setdefault(name, []).append(line_id)
    return taken, nowhere
