"""What imports cannot show: one rule per module beside this one, run over a source tree.

    python -m tests.architecture.source_checks src/crossdock

prints every finding as `path:line: rule: text` and exits 1 when there is one.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.architecture import (
    clock_rule,
    domain_rule,
    except_rule,
    money_rule,
    name_rule,
    size_rule,
    sql_rule,
)
from tests.architecture.finding import Finding, Module

Rule = Callable[[Module], Iterable[Finding]]

PYTHON_RULES: tuple[Rule, ...] = (
    clock_rule.clock_reads,
    clock_rule.sql_clock_in_strings,
    domain_rule.foreign_imports,
    except_rule.blind_excepts,
    money_rule.floats,
    sql_rule.built_statements,
)


@dataclass(frozen=True)
class SourceTree:
    """The package folder `crossdock`, or a copy of it."""

    package: Path
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def modules(self) -> list[Module]:
        """Every Python file, parsed once."""
        return [
            Module(path.relative_to(self.package), text := path.read_text("utf-8"), ast.parse(text))
            for path in sorted(self.package.rglob("*.py"))
        ]

    def check(self) -> list[Finding]:
        """All findings of all rules."""
        return [*self._python(), *self._sql(), *self._names(), *size_rule.too_long(self.modules)]

    def _python(self) -> Iterator[Finding]:
        for module in self.modules:
            for rule in PYTHON_RULES:
                yield from rule(module)

    def _sql(self) -> Iterator[Finding]:
        for path in sorted(self.package.rglob("*.sql")):
            yield from clock_rule.sql_clock(path.relative_to(self.package), path.read_text("utf-8"))

    def _names(self) -> Iterator[Finding]:
        for path in sorted(self.package.rglob("*")):
            yield from name_rule.vague_name(path.relative_to(self.package))


def main(arguments: list[str]) -> int:
    """Check the tree named by the first argument (default: src/crossdock)."""
    tree = SourceTree(Path(arguments[0] if arguments else "src/crossdock"))
    findings = tree.check()
    for finding in findings:
        print(f"{tree.package / finding.path}:{finding.line}: {finding.rule}: {finding.text}")
    print(size_rule.report(tree.modules))
    print(f"{len(tree.modules)} modules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
