"""Bugs around a call to an outside system."""

import random
from dataclasses import replace
from typing import Any

from crossdock.connectors.shopify import shipment_search
from crossdock.engine import (
    breaker,
    deliver,
    outcome_policy,
    sweep,
    watchdog,
    write_settlements,
)
from crossdock.ports.effect import Grade
from tests.sim.planted.bug import PlantedBug, function, sql

_after_unknown = outcome_policy.after_unknown


def _send_again(tried: Any, reason: str, chance: random.Random) -> Any:
    """T6: what timed out is sent again without a look."""
    settled = _after_unknown(tried, reason, chance)
    return replace(settled, must_probe=False) if settled.state == "waiting" else settled


def _unknown_is_done(tried: Any, reason: str, chance: random.Random) -> Any:
    if tried.operation.grade is Grade.READ:
        return _after_unknown(tried, reason, chance)
    return outcome_policy.Settlement("done", "observed")


def _as_unknown(_tried: Any, reason: str, _chance: random.Random) -> Any:
    return outcome_policy.Settlement("rejected", "rejected", code="unknown", error=reason)


CALLS = (
    PlantedBug(
        "timeout_means_again", "T6 timeout after commit",
        "a call without a reply is made again without looking",
        [function(outcome_policy, "after_unknown", _send_again),
         function(watchdog, "after_unknown", _send_again)],
    ),
    PlantedBug(
        "looked_for_once", "T6 timeout after commit",
        "a look that failed is not made again: the effect is sent",
        [sql(write_settlements, "settle_effects",
             ("must_probe = s.must_probe,", "must_probe = s.must_probe AND NOT e.must_probe,"))],
    ),
    PlantedBug(
        "timeout_means_done", "P2", "a call without a reply counts as done",
        [function(outcome_policy, "after_unknown", _unknown_is_done),
         function(watchdog, "after_unknown", _unknown_is_done)],
    ),
    PlantedBug(
        "timeout_means_refused", "P2", "a call without a reply counts as refused",
        [function(outcome_policy, "after_unknown", _as_unknown)],
    ),
    PlantedBug(
        "out_of_order", "P3", "an effect overtakes an earlier one for the same target",
        [sql(deliver, "claim_effects",
             ("AND p.state IN ('waiting', 'sending', 'held', 'dead'))", "AND false)")),
         sql(deliver, "next_operation",
             ("AND p.state IN ('waiting', 'sending', 'held', 'dead'))", "AND false)"))],
    ),
    PlantedBug(
        "prerequisite_ignored", "P3", "an effect goes before the one it waits for",
        [sql(deliver, "claim_effects", ("AND a.state = 'done'))", "))")),
         sql(deliver, "next_operation", ("AND a.state = 'done'))", "))"))],
    ),
    PlantedBug(
        "no_attempt_recorded", "P2", "the intent to call is not on record before the call",
        [sql(deliver, "claim_effects", ("FROM taken\n)", "FROM taken WHERE false\n)"))],
    ),
    PlantedBug(
        "breaker_never_closes", "T24 endless", "a connection that failed once is never tried again",
        [function(breaker, "begin_probe", lambda *_: False),
         sql(sweep, "claim_stream", ("OR b.probe_at <= %(now)s)", "OR false)"))],
    ),
    PlantedBug(
        "adopt_anything", "P2", "what stands at a shipment's lines is adopted without comparing",
        [function(shipment_search, "_came_of", lambda _try, _state, free, _request: free[:1]),
         function(shipment_search, "_entered_by_hand", lambda _state, free, *_rest: free[:1])],
    ),
)  # fmt: skip
