"""Money and quantities are exact: no float in the model, the processes and the mappings.

`isinstance(value, float)` stays allowed: that is how a float is refused.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.finding import Finding, Module

RULE = "float"
PACKAGES = {"domain", "processes"}


def floats(module: Module) -> Iterator[Finding]:
    """Float literals, calls of `float` and annotations with it."""
    if not _is_exact(module.path):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield module.finding(node, RULE, f"literal {node.value}: use Decimal")
        elif isinstance(node, ast.Call) and _is_float(node.func):
            yield module.finding(node, RULE, "float(): use Decimal")
        for annotation in _annotations(node):
            if any(_is_float(part) for part in ast.walk(annotation)):
                yield module.finding(annotation, RULE, "annotated float: use Decimal")


def _is_exact(path: Path) -> bool:
    mapping = path.parts[0] == "connectors" and any(
        part.removesuffix(".py") == "mapping" for part in path.parts
    )
    return mapping or path.parts[0] in PACKAGES


def _is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "float"


def _annotations(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
        return [node.annotation]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
        return [node.returns]
    return []
