"""Webhook subscriptions: armed for our topics, at our URL, with whole bodies."""

from collections.abc import Iterator, Mapping
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.queries import (
    CREATE_SUBSCRIPTION,
    READ_SUBSCRIPTIONS,
    UPDATE_SUBSCRIPTION,
)
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.check import CheckResult, Verdict

TOPICS = ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED")
WHOLE = {"format": "JSON", "includeFields": [], "filter": ""}
Subscription = Mapping[str, Any]


def read_subscriptions(client: ShopifyClient) -> dict[str, list[Subscription]]:
    """This app's subscriptions to our topics, by topic."""
    found: dict[str, list[Subscription]] = {topic: [] for topic in TOPICS}
    data = client.run(READ_SUBSCRIPTIONS, {"topics": list(TOPICS)})
    with reading(READ_SUBSCRIPTIONS):
        for subscription in data["webhookSubscriptions"]["nodes"]:
            found.setdefault(subscription["topic"], []).append(subscription)
    return found


def subscription_checks(client: ShopifyClient) -> Iterator[CheckResult]:
    """One result per topic; changes nothing."""
    for topic, subscriptions in read_subscriptions(client).items():
        uris = ", ".join(str(subscription["uri"]) for subscription in subscriptions)
        if subscriptions:
            yield CheckResult(f"webhook {topic}", Verdict.OK, f"sent to {uris}")
        else:
            remedy = (
                "give the worker CROSSDOCK_PUBLIC_URL or run `crossdock connections maintain`;"
                " meanwhile the sweep brings the orders"
            )
            yield CheckResult(f"webhook {topic}", Verdict.WARNING, "not subscribed", remedy)


def rearm(client: ShopifyClient, receive_url: str) -> Iterator[CheckResult]:
    """Create what is missing (Shopify removes a subscription after 8 failed deliveries) and
    mend what points elsewhere or leaves fields out; one result per topic."""
    for topic, subscriptions in read_subscriptions(client).items():
        yield _rearm_one(client, topic, subscriptions, receive_url)


def _rearm_one(
    client: ShopifyClient, topic: str, subscriptions: list[Subscription], receive_url: str
) -> CheckResult:
    name = f"webhook {topic}"
    wanted = {"uri": receive_url, **WHOLE}
    ours = next((s for s in subscriptions if s["uri"] == receive_url), None)
    if ours is not None and _is_whole(ours):
        return CheckResult(name, Verdict.OK, f"sent to {receive_url}")
    if ours is None and not subscriptions:
        variables = {"topic": topic, "webhookSubscription": wanted}
        data, mutation = client.run(CREATE_SUBSCRIPTION, variables), "webhookSubscriptionCreate"
        done = "was missing; subscribed"
    else:
        wrong = ours or subscriptions[0]
        variables = {"id": wrong["id"], "webhookSubscription": wanted}
        data, mutation = client.run(UPDATE_SUBSCRIPTION, variables), "webhookSubscriptionUpdate"
        done = f"was wrong (sent to {wrong['uri']}, or not whole); mended"
    with reading(UPDATE_SUBSCRIPTION):
        errors = [str(error["message"]) for error in data[mutation]["userErrors"]]
    if errors:
        remedy = "the receive URL must be public https; the sweep brings the orders meanwhile"
        return CheckResult(name, Verdict.FAILED, f"not subscribed: {'; '.join(errors)}", remedy)
    remedy = "the first time this is as it should be; later, find out why deliveries failed"
    return CheckResult(name, Verdict.WARNING, done, remedy)


def _is_whole(subscription: Subscription) -> bool:
    return (
        subscription["format"] == "JSON"
        and not subscription["includeFields"]
        and not subscription["filter"]
    )
