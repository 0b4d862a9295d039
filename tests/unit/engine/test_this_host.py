"""Two machines are two hosts, whatever they are called."""

from pathlib import Path

import pytest

from crossdock.engine import this_host as module
from crossdock.engine.this_host import this_host


def test_machines_of_one_image_and_name_are_two_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = set()
    for number in (1, 2):
        boot = tmp_path / str(number)
        boot.write_text(f"3f1c2b0{number}-9a7e-4c55-8d21-0f6b1f0a77c{number}\n", encoding="ascii")
        monkeypatch.setattr(module, "BOOT", boot)
        hosts.add(this_host())
    assert len(hosts) == 2


def test_where_nobody_tells_the_boot_the_name_must_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BOOT", tmp_path / "nothing")
    assert this_host() == this_host() != ""
