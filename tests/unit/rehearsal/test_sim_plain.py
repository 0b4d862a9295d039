"""What the simulator prints as JSON."""

import json
from collections import Counter

from crossdock.rehearsal.plain import fields_of
from crossdock.rehearsal.sim.faults import Kind
from crossdock.rehearsal.sim.invariants import Violation
from crossdock.rehearsal.sim.run import Verdict


def test_counts_and_violations_are_kept() -> None:
    verdict = Verdict(7, "rough", struck=Counter({Kind.HANG: 2}), violation=Violation("i", "d"))
    read = json.loads(json.dumps(fields_of(verdict)))
    assert read["struck"] == {"hang": 2}
    assert read["violation"] == {"invariant": "i", "detail": "d"}
