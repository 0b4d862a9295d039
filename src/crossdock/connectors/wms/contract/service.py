"""The service itself: health, problems, webhook subscriptions."""

from typing import Annotated, Literal

from pydantic import Field

from crossdock.connectors.wms.contract.values import ApiModel, Instant


class Problem(ApiModel):
    """Why a request was not done. `unavailable` and `rate_limited`: nothing of it was done."""

    code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            examples=["conflict", "cancelled", "not_found", "unavailable", "unknown_sku"],
        ),
    ]
    reason: Annotated[str, Field(max_length=2000, description="In words, for a person")]
    field: Annotated[
        str, Field(max_length=255, description="Path of what is wrong: `lines[0].sku`")
    ] = ""


class Health(ApiModel):
    """That it is there, which version of this API it speaks, and its clock."""

    version: Annotated[str, Field(max_length=32, examples=["1.0"])]
    time: Instant
    name: Annotated[str, Field(max_length=255, description="What people call the system")] = ""


class WebhookSubscriptionWanted(ApiModel):
    """Send all events to this address."""

    url: Annotated[str, Field(min_length=8, max_length=2000)]


class WebhookSubscription(ApiModel):
    """An address that gets all events; disabled after deliveries failed for long."""

    subscription_id: Annotated[str, Field(min_length=1, max_length=64)]
    url: Annotated[str, Field(max_length=2000)]
    status: Literal["active", "disabled"]


class WebhookSubscriptionList(ApiModel):
    """All subscriptions of this token."""

    subscriptions: tuple[WebhookSubscription, ...]
