"""Small files, functions that fit a screen: measured always, the 95th percentile enforced."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.architecture.finding import Finding, Module

RULE = "size"
LINES_P95_MAX = 300
FUNCTION_LINES_MAX = 60


def length(module: Module) -> int:
    """Lines that are not blank."""
    return sum(1 for line in module.lines if line.strip())


def percentile(lengths: Sequence[int], share: int) -> int:
    """The smallest value that `share` per cent of the lengths do not exceed."""
    ordered = sorted(lengths)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)] if ordered else 0


def written(modules: Sequence[Module]) -> list[Module]:
    """Modules with code: an empty package file would flatter the figures."""
    return [module for module in modules if length(module)]


def too_long(modules: Sequence[Module]) -> Iterator[Finding]:
    """The files to split when the 95th percentile is above the limit."""
    counted = written(modules)
    p95 = percentile([length(module) for module in counted], 95)
    if p95 <= LINES_P95_MAX:
        return
    for module in counted:
        if length(module) > LINES_P95_MAX:
            yield module.finding(1, RULE, f"{length(module)} lines (95th percentile is {p95})")


def long_functions(modules: Sequence[Module]) -> Iterator[tuple[Path, str, int]]:
    """Functions longer than a screen."""
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    yield module.path, node.name, lines


def report(modules: Sequence[Module]) -> str:
    """One line on the files, one for each long function."""
    lengths = [length(module) for module in written(modules)]
    median, p95 = percentile(lengths, 50), percentile(lengths, 95)
    lines = [
        f"file lengths: median {median}, 95th percentile {p95}, longest {max(lengths, default=0)}"
    ]
    lines += [
        f"longer than a screen: {path} {name}() {count} lines"
        for path, name, count in long_functions(modules)
    ]
    return "\n".join(lines)
