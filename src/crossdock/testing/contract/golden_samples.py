"""Golden pairs: `order_1001.in.json` and the document it must become, in a connector's samples.

`<name>.in.<ext>` is read as it lies there; `<name>.to_<document>.json` is the canonical document.
An inbound sample without a document must be refused: `<name>.unreadable.json` then holds
`{"field": …}`.
"""

import json
from abc import ABC, abstractmethod
from pathlib import Path

from crossdock.domain.model import CanonicalModel
from crossdock.ports.errors import Unreadable


class GoldenSamples(ABC):
    """Give the folder, and how one inbound sample is translated."""

    samples: Path

    @abstractmethod
    def translate(self, name: str, body: bytes) -> CanonicalModel:
        """`name` is the sample's file name. Raises Unreadable."""

    def inbound(self) -> list[Path]:
        """The inbound halves."""
        return sorted(self.samples.glob("*.in.*"))

    def test_there_are_samples(self) -> None:
        assert self.inbound(), f"no *.in.* in {self.samples}"

    def test_each_becomes_its_document(self) -> None:
        for path in self.inbound():
            stem = path.name.split(".in.")[0]
            if (self.samples / f"{stem}.unreadable.json").exists():
                continue
            expected = list(self.samples.glob(f"{stem}.to_*.json"))
            assert len(expected) == 1, f"{path.name} needs one {stem}.to_<document>.json"
            document = self.translate(path.name, path.read_bytes())
            wanted = type(document).model_validate_json(expected[0].read_bytes())
            assert document == wanted, f"{path.name} became {document.model_dump_json(indent=1)}"
            named = document.model_dump()["document_type"]
            snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in named).lstrip("_")
            assert expected[0].name == f"{stem}.to_{snake}.json"

    def test_what_cannot_be_read_is_refused_by_field(self) -> None:
        for path in sorted(self.samples.glob("*.unreadable.json")):
            stem = path.name.removesuffix(".unreadable.json")
            given = next(self.samples.glob(f"{stem}.in.*"))
            field = json.loads(path.read_bytes())["field"]
            try:
                self.translate(given.name, given.read_bytes())
            except Unreadable as refused:
                assert refused.field == field, given.name  # noqa: PT017 - runs without pytest
            else:
                raise AssertionError(f"{given.name} was read")
