"""The canonical model imports Python, pydantic and itself; nothing else."""

import ast
import sys
from collections.abc import Iterator

from tests.architecture.finding import Finding, Module

RULE = "domain"
ALLOWED = sys.stdlib_module_names | {"pydantic", "pydantic_core", "typing_extensions"}
# The standard library's ways to the outside have no place in a model.
REFUSED = {"http", "socket", "sqlite3", "ssl", "subprocess", "time", "urllib"}
OWN = "crossdock.domain"


def foreign_imports(module: Module) -> Iterator[Finding]:
    """Every import in `domain/` that leads outside."""
    if module.path.parts[0] != "domain":
        return
    for node in ast.walk(module.tree):
        for name in _imported(node):
            own = name == OWN or name.startswith(f"{OWN}.")
            root = name.split(".")[0]
            if not own and (root not in ALLOWED or root in REFUSED):
                yield module.finding(node, RULE, f"imports {name}")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module == "crossdock":
        return [f"crossdock.{alias.name}" for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
