"""The fast way and the explained way give the same numbers."""

from hypothesis import given, settings

from crossdock.processes.inventory.exposure.columns import columns_of
from crossdock.processes.inventory.exposure.compute import compute
from crossdock.processes.inventory.exposure.compute_many import compute_many
from tests.unit.inventory.drawn import catalogues, policies, silences


@settings(max_examples=100, deadline=None)
@given(catalogues(), policies(), silences)
def test_both_ways_agree(items, versions, silence):
    many = compute_many(columns_of(items), versions, silence)
    each = [compute(item, versions, silence) for item in items]
    for place, version in enumerate(versions):
        shown = [computed.exposures[place] for computed in each]
        assert many.quantities[version.channel] == [e.quantity for e in shown]
        days = {row: e.lead_days for row, e in enumerate(shown) if e.lead_days is not None}
        assert many.lead_days[version.channel] == days
    assert sorted(many.below_zero) == sorted(b for computed in each for b in computed.below_zero)
