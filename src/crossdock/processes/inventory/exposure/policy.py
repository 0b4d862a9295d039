"""A channel's exposure policy: versioned data that says what the channel may be shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from crossdock.domain.model import CanonicalModel
from crossdock.processes.inventory.exposure.sku_pattern import matches, specificity

PIECES_MAX = 10**9
LAG_AWARE_MOST = 200
MINUTES_MAX = 60 * 24 * 366

Name = Annotated[str, Field(min_length=1, max_length=255)]
Pattern = Annotated[str, Field(min_length=1, max_length=255)]
Pieces = Annotated[int, Field(ge=0, le=PIECES_MAX)]
Step = Annotated[int, Field(ge=1, le=PIECES_MAX)]
Percentage = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=0, le=3660)]
LagBuffer = Annotated[int, Field(ge=0, le=LAG_AWARE_MOST)]
Minutes = Annotated[int, Field(ge=0, le=MINUTES_MAX)]
Locations = Annotated[tuple[Name, ...], Field(min_length=1)]


class ExposureRules(CanonicalModel):
    """What holds for one SKU on one channel. Whole pieces of the SKU as it is sold."""

    locations: Locations
    """Eligible locations; a ring-fence is filled from the first to the last."""
    horizon_days: Days = 0
    """Expected receipts count up to so many days ahead; 0: none."""
    buffer: Pieces = 0
    """Never shown."""
    percentage: Percentage = 100
    """Share of what is left after the buffer."""
    cap: Pieces | None = None
    """Never show more; None: no cap."""
    step: Step = 1
    """Round down to a multiple, such as a pack."""
    ring_fence: Pieces = 0
    """Kept for this channel at the expense of the others, until so many were sold on it."""
    ring_fence_only: bool = False
    """Show the ring-fence and nothing of what is shared."""
    velocity_priority: Pieces = 0
    """So many last pieces are left to channels that sell the SKU faster than this one."""
    lag_aware: bool = False
    """The buffer follows the publish delay and the sales of the other channels."""
    lag_aware_max: LagBuffer = 20
    """Hard cap of that buffer. The plain `buffer` is its least."""
    silent_minutes_max: Minutes = 30
    """A location's feed that is silent for longer is stale."""
    freeze_minutes: Minutes = 120
    """So long a stale feed freezes the number: it may fall, never rise."""
    floor: Pieces = 0
    """After that a silent location counts for at most so many pieces."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:  # noqa: N804 - this kind gets the instance
        if wrong := self.contradiction():
            raise ValueError(wrong)
        return self

    def contradiction(self) -> str:
        """Why these rules cannot be meant together, and the remedy; empty when they can."""
        if len(set(self.locations)) < len(self.locations):
            return "locations: one is named twice; name each once, in order"
        if self.cap is not None and 0 < self.cap < self.step:
            return (
                f"cap {self.cap} is below the step {self.step}: nothing would ever be shown; "
                "raise the cap, or exclude the SKUs"
            )
        if self.ring_fence_only and not self.ring_fence:
            return "ring_fence_only without a ring_fence shows nothing; set ring_fence"
        return ""


class RuleOverride(CanonicalModel):
    """Other rules for the SKUs of a pattern; what is None stays as it is without it."""

    pattern: Pattern
    locations: Locations | None = None
    horizon_days: Days | None = None
    buffer: Pieces | None = None
    percentage: Percentage | None = None
    cap: Pieces | None = None
    step: Step | None = None
    ring_fence: Pieces | None = None
    ring_fence_only: bool | None = None
    velocity_priority: Pieces | None = None
    lag_aware: bool | None = None
    lag_aware_max: LagBuffer | None = None
    silent_minutes_max: Minutes | None = None
    freeze_minutes: Minutes | None = None
    floor: Pieces | None = None

    @cached_property
    def given(self) -> dict[str, object]:
        """The rules it sets."""
        values = {name: getattr(self, name) for name in ExposureRules.model_fields}
        return {name: value for name, value in values.items() if value is not None}

    @model_validator(mode="after")
    def _sets_something(self) -> Self:  # noqa: N804 - this kind gets the instance
        if not self.given:
            raise ValueError(f"override {self.pattern} sets nothing; give a rule, or leave it out")
        return self


class ChannelPolicy(CanonicalModel):
    """One version of one channel's policy.

    Precedence for a SKU: an exclusion beats all; else each rule comes from the most specific
    override that sets it (`sku_pattern.specificity`); else from `defaults`. The order in which
    overrides are written does not matter.
    """

    channel: Name
    valid_from: AwareDatetime
    defaults: ExposureRules
    exclude: tuple[Pattern, ...] = ()
    """SKUs that are never shown here: the channel is told 0."""
    overrides: tuple[RuleOverride, ...] = ()

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:  # noqa: N804 - this kind gets the instance
        patterns = [override.pattern for override in self.overrides]
        twice = sorted({p for p in patterns if patterns.count(p) > 1})
        if twice:
            raise ValueError(f"{self.channel}: two overrides for {', '.join(twice)}; join them")
        for override in self.overrides:
            if wrong := self.defaults.model_copy(update=override.given).contradiction():
                raise ValueError(f"{self.channel}: override {override.pattern}: {wrong}")
        return self

    @cached_property
    def by_specificity(self) -> tuple[RuleOverride, ...]:
        """From the general to the specific."""
        return tuple(sorted(self.overrides, key=lambda o: specificity(o.pattern)))

    def rules_for(self, sku: str) -> ExposureRules | None:
        """The rules for this SKU; None when the channel excludes it."""
        patterns = {*self.exclude, *(override.pattern for override in self.overrides)}
        return self.rules_among({p for p in patterns if matches(p, sku)})

    def rules_among(self, matching: Iterable[str]) -> ExposureRules | None:
        """The rules for a SKU of which is known which patterns match it."""
        found = set(matching)
        if any(pattern in found for pattern in self.exclude):
            return None
        given: dict[str, object] = {}
        for override in self.by_specificity:
            if override.pattern in found:
                given.update(override.given)
        return self.defaults.model_copy(update=given) if given else self.defaults


def policy_at(
    versions: Sequence[ChannelPolicy], channel: str, instant: datetime
) -> ChannelPolicy | None:
    """The version in force: the newest that had begun. None: the channel has none yet.

    Raises ValueError when two versions of a channel begin at one instant.
    """
    begun = [v for v in versions if v.channel == channel and v.valid_from <= instant]
    starts = [v.valid_from for v in begun]
    if len(set(starts)) < len(starts):
        raise ValueError(f"{channel}: two versions begin at one instant; end or date one of them")
    return max(begun, key=lambda v: v.valid_from, default=None)
