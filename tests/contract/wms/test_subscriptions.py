"""The webhook is re-armed, and `connections check` says what is wrong."""

from datetime import timedelta

import pytest

from crossdock.connectors.wms import connector
from crossdock.ports.check import Verdict
from crossdock.ports.errors import Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.wms.conftest import connection

URL = "https://crossdock.example/hooks/wms"


def armed(twin) -> dict[str, bool]:
    return {s.url: s.active for s in twin.warehouse.subscriptions}


class TestRearming:
    def test_a_missing_one_is_created(self, twin, wms, clock):
        (result,) = wms.maintain(clock.now(), URL)
        assert armed(twin) == {URL: True}
        assert (result.verdict, result.finding) == (Verdict.WARNING, "was missing; subscribed")

    def test_an_armed_one_is_left_alone(self, twin, wms, clock):
        wms.maintain(clock.now(), URL)
        changes = len(twin.log.effects)
        (result,) = wms.maintain(clock.now(), URL)
        assert result.verdict is Verdict.OK
        assert len(twin.log.effects) == changes

    def test_a_disabled_one_is_enabled_again(self, twin, wms, clock):
        wms.maintain(clock.now(), URL)
        with twin.lock:
            twin.warehouse.subscriptions[0].active = False
        (result,) = wms.maintain(clock.now(), URL)
        assert armed(twin) == {URL: True}
        assert "was disabled" in result.finding

    def test_a_refusal_is_reported(self, twin, wms, clock):
        (result,) = wms.maintain(clock.now(), "http://crossdock.example/plain")
        assert result.verdict is Verdict.FAILED
        assert "https" in result.finding
        assert result.remedy

    def test_an_outage_is_raised(self, twin, wms, clock):
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        with pytest.raises(Unavailable):
            wms.maintain(clock.now(), URL)


def verdicts(results) -> dict[str, Verdict]:
    return {result.name: result.verdict for result in results}


class TestCheck:
    def test_all_is_well(self, wms, clock):
        wms.maintain(clock.now(), URL)
        found = wms.check(clock.now())
        assert verdicts(found) == dict.fromkeys(
            ("access", "API version", "clock", "webhook"), Verdict.OK
        ), found

    def test_a_wrong_token(self, twin, wms, clock):
        twin.token = "another"
        (result,) = wms.check(clock.now())
        assert (result.name, result.verdict) == ("access", Verdict.FAILED)
        assert "token" in result.remedy

    @pytest.mark.parametrize(("version", "verdict"), [("1.7", Verdict.OK), ("2.0", Verdict.FAILED)])
    def test_another_version_of_the_api(self, twin, wms, clock, version, verdict):
        twin.version = version
        assert verdicts(wms.check(clock.now()))["API version"] is verdict

    def test_a_clock_that_differs(self, wms, clock):
        skewed = clock.now() + timedelta(minutes=3)
        result = next(r for r in wms.check(skewed) if r.name == "clock")
        assert (result.verdict, result.finding) == (Verdict.WARNING, "differs by 180 s")

    def test_no_webhook(self, wms, clock):
        assert verdicts(wms.check(clock.now()))["webhook"] is Verdict.WARNING


@pytest.mark.parametrize(
    "url", ["", "wms.example", "http://wms.example", "https://u:p@wms.example", "https://[", "ftp://x"]
)  # fmt: skip
def test_an_address_no_token_may_be_sent_to_is_refused(url):
    with pytest.raises(Rejected) as refused:
        connector(connection(url))
    assert refused.value.field == "url"
