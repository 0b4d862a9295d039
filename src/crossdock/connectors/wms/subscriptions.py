"""The webhook subscription: one address of ours that gets all events."""

from crossdock.connectors.wms.client import SUBSCRIPTIONS, WmsClient
from crossdock.connectors.wms.contract.service import (
    WebhookSubscription,
    WebhookSubscriptionList,
    WebhookSubscriptionWanted,
)
from crossdock.ports.check import CheckResult, Verdict
from crossdock.ports.errors import Rejected

NAME = "webhook"
ACTIVE = "active"


def subscription_check(client: WmsClient) -> CheckResult:
    """Whether any address gets the events; changes nothing."""
    active = [s.url for s in _subscriptions(client) if s.status == ACTIVE]
    if active:
        return CheckResult(NAME, Verdict.OK, f"sent to {', '.join(active)}")
    remedy = (
        "give the worker CROSSDOCK_PUBLIC_URL or run `crossdock connections maintain`;"
        " meanwhile the sweep brings the events"
    )
    return CheckResult(NAME, Verdict.WARNING, "no active subscription", remedy)


def rearm(client: WmsClient, receive_url: str) -> CheckResult:
    """Subscribe our address when it is missing or was disabled."""
    ours = next((s for s in _subscriptions(client) if s.url == receive_url), None)
    if ours is not None and ours.status == ACTIVE:
        return CheckResult(NAME, Verdict.OK, f"sent to {receive_url}")
    body = WebhookSubscriptionWanted(url=receive_url).model_dump_json().encode()
    try:
        client.write(WebhookSubscription, "POST", SUBSCRIPTIONS, body)
    except Rejected as error:
        remedy = "see what addresses it takes; the sweep brings the events meanwhile"
        return CheckResult(NAME, Verdict.FAILED, f"not subscribed: {error.reason}", remedy)
    done = "was missing; subscribed" if ours is None else "was disabled; subscribed again"
    remedy = "the first time this is as it should be; later, find out why deliveries failed"
    return CheckResult(NAME, Verdict.WARNING, done, remedy)


def _subscriptions(client: WmsClient) -> tuple[WebhookSubscription, ...]:
    return client.read(WebhookSubscriptionList, SUBSCRIPTIONS).subscriptions
