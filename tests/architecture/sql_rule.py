"""SQL is written, never built: values go in as parameters, statements live in .sql files."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.finding import Finding, Module

RULE = "sql"
RUNNERS = {"copy", "exec_driver_sql", "execute", "executemany", "run", "scalar", "scalars", "text"}
STATEMENT = re.compile(
    r"\s*(?:SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\b|UPDATE\s*$|DELETE\s+FROM\s|MERGE\s+INTO\s"
    r"|WITH\s+\S+\s+AS\b|TRUNCATE\s|NOTIFY\s|LISTEN\s|LOCK\s+TABLE\s|COPY\s|GRANT\s|REVOKE\s|SET\s"
    r"|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|ROLE|USER|DATABASE|SCHEMA|VIEW|POLICY|FUNCTION)\b)"
)
LOWER_STATEMENT = re.compile(
    r"\s*(?:select\s.*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s)", re.DOTALL
)


def built_statements(module: Module) -> Iterator[Finding]:
    """Built strings that are run, and built strings that begin like a statement."""
    reported: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _name(node.func) in RUNNERS:
            for argument in node.args[:1]:
                if _is_built(argument):
                    reported.add(id(argument))
                    yield module.finding(
                        argument, RULE, f"a built string goes to {_name(node.func)}()"
                    )
    for node in ast.walk(module.tree):
        if id(node) not in reported and isinstance(node, ast.expr) and _is_built(node):
            start = _first_text(node)
            if STATEMENT.match(start) or LOWER_STATEMENT.match(start):
                yield module.finding(node, RULE, "a statement is built from pieces")


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_built(node: ast.expr) -> bool:
    """An f-string with a value in it, or text joined by +, % or .format()."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return _is_text(node.left) or _is_text(node.right)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and _is_text(node.func.value)
    )


def _is_text(node: ast.expr) -> bool:
    return (
        (isinstance(node, ast.Constant) and isinstance(node.value, str))
        or (isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call) and _is_built(node))
        or isinstance(node, ast.JoinedStr)
    )


def _first_text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_first_text(part) or "x" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _first_text(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _first_text(node.func.value)
    return ""
