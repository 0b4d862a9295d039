"""One GraphQL document, and the names that several of them share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A GraphQL document with one operation."""

    name: str
    text: str
    is_mutation: bool = False


METAFIELD_NAMESPACE = "crossdock"
ORDER_RESPONSE_KEY = "order_response"
CANCELLATION_RESPONSE_KEY = "cancellation_response"
SHIPMENTS_KEY = "shipments"
