"""No failure disappears: blind excepts only at a declared boundary, with its reason."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.finding import Finding, Module

RULE = "except"
PACKAGES = {"connectors", "processes", "engine"}
BLIND = {"Exception", "BaseException"}
BOUNDARY = re.compile(r"#.*\bboundary: \S+")


def blind_excepts(module: Module) -> Iterator[Finding]:
    """`except:`, `except Exception:` and the like without `# boundary: <reason>`."""
    if module.path.parts[0] not in PACKAGES:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_blind(node.type):
            if not BOUNDARY.search(module.lines[node.lineno - 1]):
                yield module.finding(node, RULE, "name the error, or add `# boundary: <reason>`")
        elif _suppresses_all(module, node):
            yield module.finding(node, RULE, "suppresses every error: name the one you mean")


def _suppresses_all(module: Module, node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and module.qualified(node.func) == "contextlib.suppress"
        and any(_is_blind(argument) for argument in node.args)
    )


def _is_blind(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_is_blind(one) for one in caught.elts)
    return isinstance(caught, ast.Name) and caught.id in BLIND
