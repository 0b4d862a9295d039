"""What `connections check` looks at: token, API version, clock, webhook subscription."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from crossdock.connectors.wms.client import HEALTH, WmsClient
from crossdock.connectors.wms.contract.service import Health
from crossdock.connectors.wms.contract.values import API_VERSION
from crossdock.connectors.wms.subscriptions import subscription_check
from crossdock.ports.check import CheckResult, Verdict
from crossdock.ports.errors import ConnectorError

CLOCK_DIFFERENCE_MAX = timedelta(seconds=60)


def checks(client: WmsClient, now: datetime) -> Iterator[CheckResult]:
    """One result per thing looked at. A check that cannot be made is a failed one."""
    try:
        health = client.read(Health, HEALTH)
    except ConnectorError as error:
        yield CheckResult("access", Verdict.FAILED, error.reason, error.remedy)
        return
    yield CheckResult("access", Verdict.OK, health.name or "the token is accepted")
    yield _version(health.version)
    yield _clock(health.time, now)
    try:
        yield subscription_check(client)
    except ConnectorError as error:
        yield CheckResult("webhook", Verdict.FAILED, error.reason, error.remedy)


def _version(theirs: str) -> CheckResult:
    name, major = "API version", API_VERSION.partition(".")[0]
    if theirs.partition(".")[0] == major:
        return CheckResult(name, Verdict.OK, theirs)
    finding = f"the warehouse system speaks {theirs[:40]}, this connector {API_VERSION}"
    return CheckResult(name, Verdict.FAILED, finding, "bring both to the same major version")


def _clock(theirs: datetime, now: datetime) -> CheckResult:
    difference = abs(now - theirs)
    finding = f"differs by {round(difference.total_seconds())} s"
    if difference > CLOCK_DIFFERENCE_MAX:
        return CheckResult("clock", Verdict.WARNING, finding, "set both clocks by NTP")
    return CheckResult("clock", Verdict.OK, finding)
