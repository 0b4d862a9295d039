"""A feed that has fallen silent: fresh, then frozen, then trusted for a floor only."""

from enum import StrEnum

from crossdock.processes.inventory.exposure.policy import ExposureRules


class Feed(StrEnum):
    """How far a location's numbers can be trusted."""

    FRESH = "fresh"
    FROZEN = "frozen"
    SILENT = "silent"


def feed(rules: ExposureRules, silent_seconds: int) -> Feed:
    """The state of a feed by how long nothing was heard; hearing from it again is recovery."""
    if silent_seconds <= rules.silent_minutes_max * 60:
        return Feed.FRESH
    if silent_seconds <= (rules.silent_minutes_max + rules.freeze_minutes) * 60:
        return Feed.FROZEN
    return Feed.SILENT
