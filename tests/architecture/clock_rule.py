"""Time is passed in: nobody but `engine/clock` reads a wall clock, in Python or in SQL."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.finding import Finding, Module

RULE = "clock"
READS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
}
CALLS = re.compile(
    r"\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"\b(?:current_timestamp|current_date|current_time|localtimestamp|localtime)\b", re.IGNORECASE
)
STATEMENT = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|VALUES|DEFAULT|WHERE|SET)\b")


def is_clock(path: Path) -> bool:
    """`engine/clock.py`, `engine/clock/…`, `engine/clock_sql.py`, `engine/sql/clock.sql`."""
    return path.parts[0] == "engine" and any(part.startswith("clock") for part in path.parts[1:])


def clock_reads(module: Module) -> Iterator[Finding]:
    """Every mention counts, not only calls: a default factory reads the clock as well."""
    if is_clock(module.path):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and module.qualified(node) in READS:
            yield module.finding(node, RULE, f"{module.qualified(node)}: ask the clock port")


def sql_clock_in_strings(module: Module) -> Iterator[Finding]:
    """SQL inside Python strings."""
    if is_clock(module.path):
        return
    for line, text in module.texts():
        is_sql = STATEMENT.search(text) or WORDS.fullmatch(text.strip())
        found = CALLS.search(text) or (WORDS.search(text) if is_sql else None)
        if found:
            yield module.finding(line, RULE, f"{found.group()} in SQL: pass the instant in")


def sql_clock(path: Path, text: str) -> Iterator[Finding]:
    """A .sql file, its comments left out."""
    if is_clock(path):
        return
    for number, line in enumerate(without_comments(text).splitlines(), start=1):
        found = CALLS.search(line) or WORDS.search(line)
        if found:
            yield Finding(path, number, RULE, f"{found.group()} in SQL: pass the instant in")


def without_comments(sql: str) -> str:
    """The same text, line for line, without `--` and `/* */` comments."""
    blocks = re.sub(r"/\*.*?\*/", lambda block: "\n" * block.group().count("\n"), sql, flags=re.S)
    return re.sub(r"--[^\n]*", "", blocks)
