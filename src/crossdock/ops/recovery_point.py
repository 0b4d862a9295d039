"""The recovery point: what of the acknowledged transactions survives which disaster."""

from collections.abc import Mapping
from dataclasses import dataclass

SETTINGS = (
    "synchronous_commit",
    "fsync",
    "full_page_writes",
    "synchronous_standby_names",
    "archive_mode",
)


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """In words, with the settings it follows from."""

    safe: bool
    """Whether every acknowledged transaction survives a crash of the server (promise P1)."""
    survives: str
    loses: str
    settings: Mapping[str, str]


def recovery_point(settings: Mapping[str, str]) -> RecoveryPoint:
    """What PostgreSQL's settings give (its manual: 20.5 Write Ahead Log, 20.6 Replication)."""
    safe, survives = _on_this_server(settings)
    standby = settings["synchronous_standby_names"].strip()
    if safe and standby and settings["synchronous_commit"] != "local":
        survives, disk = _on_a_standby(settings["synchronous_commit"], standby)
    else:
        disk = "with this server's disk, everything since the last backup is lost"
    if settings["archive_mode"] != "off":
        disk += "; the archived write-ahead log brings back all but its last, unfinished segment"
    return RecoveryPoint(safe, survives, disk, dict(settings))


def _on_this_server(settings: Mapping[str, str]) -> tuple[bool, str]:
    if settings["fsync"] != "on":
        return False, "nothing surely: fsync is off, a power cut may damage the whole database"
    if settings["full_page_writes"] != "on":
        return False, "nothing surely: full_page_writes is off, a power cut may tear pages"
    if settings["synchronous_commit"] == "off":
        return False, (
            "the last acknowledged transaction may be lost when the server crashes: "
            "synchronous_commit is off; set it to on"
        )
    return True, (
        "the last acknowledged transaction survives the end of any process, "
        "a crash of this server and a power cut"
    )


def _on_a_standby(mode: str, names: str) -> tuple[str, str]:
    if mode == "remote_write":
        return (
            f"the last acknowledged transaction survives the loss of this server: "
            f"a standby ({names}) has received it, though not yet on its disk",
            "with both servers at one moment, the last transactions are lost",
        )
    return (
        f"the last acknowledged transaction survives the loss of this server: "
        f"a standby ({names}) has it on its disk",
        "with both servers' disks, everything since the last backup is lost",
    )
