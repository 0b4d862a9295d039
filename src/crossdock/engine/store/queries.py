"""Named SQL: the statements of a package's `.sql` file."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries(Mapping[str, str]):
    """The named statements of one `.sql` file, also as attributes."""

    def __init__(self, statements: Mapping[str, str]) -> None:
        self._statements = dict(statements)

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


def load_queries(package: str, filename: str) -> Queries:
    """The statements of `<package>/sql/<filename>`."""
    text = files(package).joinpath("sql", filename).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return Queries(dict(zip(parts[1::2], (p.strip() for p in parts[2::2]), strict=True)))
