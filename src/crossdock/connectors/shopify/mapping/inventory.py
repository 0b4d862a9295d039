"""Stock numbers as Shopify takes them, and what its refusals of them mean. Pure."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crossdock.ports.channel_stock import PublishOutcome

QUANTITY_NAME = "available"
"""What may be sold; orders take it down by themselves."""
REASON = "correction"
REFERENCE = "gid://crossdock/StockPublication/"
"""Begins `referenceDocumentUri` of every change we make: nobody else's change has it."""
OUTCOMES = {
    "CHANGE_FROM_QUANTITY_STALE": PublishOutcome.CHANGED_MEANWHILE,
    "INVALID_INVENTORY_ITEM": PublishOutcome.UNKNOWN_SKU,
    "ITEM_NOT_STOCKED_AT_LOCATION": PublishOutcome.NOT_STOCKED,
}
"""By code of a user error (schema 2026-07, InventorySetQuantitiesUserErrorCode); else refused."""
OF_ALL_ITEMS = frozenset(
    {"INVALID_LOCATION", "INVALID_NAME", "INVALID_REASON", "INVALID_REFERENCE_DOCUMENT"}
)
"""Codes about what all numbers of a request have in common."""
IN_PROGRESS = "IDEMPOTENCY_CONCURRENT_REQUEST"
KEY_USED = frozenset({"IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"})
"""An earlier request came under the same key: this one was not executed."""
_NAMESPACE = uuid.UUID("0d3f3c0a-5f0e-5d6b-8f63-2b8e6f4a9c11")
_LOCATION = re.compile(r"(?:gid://shopify/Location/)?([0-9]{1,19})")


class QuantityError(NamedTuple):
    """One user error."""

    number: int | None
    """Of the number it is about; None: it names none."""
    code: str
    message: str

    @property
    def is_of_one(self) -> bool:
        """Whether one number of many is meant, named or not, that reading them all can find."""
        return self.code in OUTCOMES


def from_quantities(quantities: Sequence[Mapping[str, Any]], reference: str) -> dict[str, Any]:
    """InventorySetQuantitiesInput; each quantity as `from_quantity` made it."""
    return {
        "name": QUANTITY_NAME,
        "reason": REASON,
        "referenceDocumentUri": f"{REFERENCE}{reference}",
        "quantities": list(quantities),
    }


def from_quantity(item_id: str, location_id: str, quantity: int, shown: int) -> dict[str, Any]:
    """InventoryQuantityInput: `quantity` where `shown` is what stands."""
    return {
        "inventoryItemId": item_id,
        "locationId": location_id,
        "quantity": quantity,
        "changeFromQuantity": shown,
    }


def first_key(batch_key: str, location_id: str) -> str:
    """Of a batch's first request to a location: without its content, so that Shopify tells when it
    was used before."""
    return str(uuid.uuid5(_NAMESPACE, f"{batch_key}|{location_id}"))


def later_key(batch_key: str, location_id: str, quantities: Sequence[Mapping[str, Any]]) -> str:
    """Of what is left after a refusal: the same content has the same key."""
    content = json.dumps(list(quantities), sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    return str(uuid.uuid5(_NAMESPACE, f"{batch_key}|{location_id}|{digest}"))


def to_quantity_error(error: Mapping[str, Any]) -> QuantityError:
    """`field` is `["input", "quantities", "7", "changeFromQuantity"]`, or less of it."""
    numbers = [str(part) for part in error.get("field") or () if str(part).isdecimal()]
    index = int(numbers[0]) if numbers else None
    return QuantityError(index, str(error.get("code") or ""), str(error["message"])[:500])


def to_location_id(text: str) -> str:
    """The global id of a location named by number or global id; empty for what is neither."""
    match = _LOCATION.fullmatch(text.strip())
    return f"gid://shopify/Location/{match[1]}" if match else ""


def from_skus(skus: Sequence[str]) -> str:
    """A search for variants with these SKUs."""
    escaped = (sku.replace("\\", "\\\\").replace('"', '\\"') for sku in skus)
    return " OR ".join(f'sku:"{sku}"' for sku in escaped)
