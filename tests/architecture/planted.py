"""A copy of the source in which a test may break a rule."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.finding import Finding
from tests.architecture.source_checks import SourceTree

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class PlantedTree:
    """`src/crossdock` and `pyproject.toml`, copied to `home`."""

    home: Path

    @classmethod
    def copy_to(cls, home: Path) -> "PlantedTree":
        ignore = shutil.ignore_patterns("__pycache__", "static", "samples")
        shutil.copytree(ROOT / "src" / "crossdock", home / "src" / "crossdock", ignore=ignore)
        shutil.copy(ROOT / "pyproject.toml", home)
        return cls(home)

    @property
    def package(self) -> Path:
        return self.home / "src" / "crossdock"

    def plant(self, path: str, text: str) -> None:
        """Append to (or make) one file, its packages included."""
        file = self.package / path
        for folder in reversed(file.relative_to(self.package).parents[:-1]):
            (self.package / folder).mkdir(exist_ok=True)
            (self.package / folder / "__init__.py").touch()
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"\n{text}\n")

    def findings(self) -> list[Finding]:
        return SourceTree(self.package).check()

    def broken_contracts(self, *only: str) -> str:
        """What import-linter says about the copy; empty when every contract is kept."""
        chosen = [part for name in only for part in ("--contract", name)]
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *chosen]
        screen = {"NO_COLOR": "1", "COLUMNS": "1000"}
        environment = {**os.environ, **screen, "PYTHONPATH": str(self.package.parent)}
        done = subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert "Contracts: " in said, said
        return said if done.returncode else ""
