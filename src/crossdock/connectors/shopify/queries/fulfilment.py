"""Fulfilment orders, fulfilments, refunds of what will not be shipped, cancellation.

Source: Admin API schema 2026-07, types Order, FulfillmentOrder, Fulfillment, Refund, Job.
"""

from crossdock.connectors.shopify.queries.document import (
    METAFIELD_NAMESPACE,
    SHIPMENTS_KEY,
    Document,
)

FULFILMENT_ORDERS_INSIDE = 3
FULFILMENT_ORDER_LINES_INSIDE = 10

_FULFILMENT_ORDERS = f"""
fragment FulfilmentOrders on FulfillmentOrderConnection {{
  nodes {{
    id status
    supportedActions {{ action }}
    assignedLocation {{ name location {{ id }} }}
    lineItems(first: {FULFILMENT_ORDER_LINES_INSIDE}) {{ ...FulfilmentOrderLines }}
  }}
  pageInfo {{ hasNextPage endCursor }}
}}
"""

_FULFILMENT_ORDER_LINES = """
fragment FulfilmentOrderLines on FulfillmentOrderLineItemConnection {
  nodes { id remainingQuantity lineItem { id } }
  pageInfo { hasNextPage endCursor }
}
"""

_FULFILMENT_LINES = """
fragment FulfilmentLines on FulfillmentLineItemConnection {
  nodes { quantity lineItem { id sku name } }
  pageInfo { hasNextPage endCursor }
}
"""

READ_FULFILMENT = Document(
    "ReadFulfilment",
    f"""
query ReadFulfilment($id: ID!, $fulfilments: Int!, $lines: Int!) {{
  order(id: $id) {{
    id name cancelledAt displayFulfillmentStatus
    {SHIPMENTS_KEY}: metafield(namespace: "{METAFIELD_NAMESPACE}", key: "{SHIPMENTS_KEY}") {{
      value compareDigest
    }}
    fulfillmentsCount {{ count }}
    fulfillments(first: $fulfilments) {{
      id name status
      trackingInfo(first: 250) {{ number }}
      fulfillmentLineItems(first: $lines) {{ ...FulfilmentLines }}
    }}
    fulfillmentOrders(first: {FULFILMENT_ORDERS_INSIDE}) {{ ...FulfilmentOrders }}
  }}
}}
"""
    + _FULFILMENT_LINES
    + _FULFILMENT_ORDERS
    + _FULFILMENT_ORDER_LINES,
)
"""What is to be shipped of an order and what was: the first pages of both, and our record."""

READ_FULFILMENT_ORDERS = Document(
    "ReadFulfilmentOrders",
    f"""
query ReadFulfilmentOrders($id: ID!, $after: String) {{
  order(id: $id) {{
    fulfillmentOrders(first: {FULFILMENT_ORDERS_INSIDE}, after: $after) {{ ...FulfilmentOrders }}
  }}
}}
"""
    + _FULFILMENT_ORDERS
    + _FULFILMENT_ORDER_LINES,
)

READ_FULFILMENT_ORDER_LINES = Document(
    "ReadFulfilmentOrderLines",
    """
query ReadFulfilmentOrderLines($id: ID!, $after: String) {
  fulfillmentOrder(id: $id) {
    lineItems(first: 100, after: $after) { ...FulfilmentOrderLines }
  }
}
"""
    + _FULFILMENT_ORDER_LINES,
)

READ_FULFILMENT_LINES = Document(
    "ReadFulfilmentLines",
    """
query ReadFulfilmentLines($id: ID!, $after: String) {
  fulfillment(id: $id) {
    fulfillmentLineItems(first: 100, after: $after) { ...FulfilmentLines }
  }
}
"""
    + _FULFILMENT_LINES,
)

CREATE_FULFILMENT = Document(
    "CreateFulfilment",
    """
mutation CreateFulfilment($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id name status }
    userErrors { field message }
  }
}
""",
    is_mutation=True,
)

RECORD_SHIPMENTS = Document(
    "RecordShipments",
    """
mutation RecordShipments($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { compareDigest }
    userErrors { field message code }
  }
}
""",
    is_mutation=True,
)

READ_REFUNDS = Document(
    "ReadRefunds",
    """
query ReadRefunds($id: ID!) {
  order(id: $id) {
    id name cancelledAt displayFulfillmentStatus
    refunds(first: 50) { id note }
  }
}
""",
)

READ_REFUND_LINES = Document(
    "ReadRefundLines",
    """
query ReadRefundLines($id: ID!, $after: String) {
  refund(id: $id) {
    totalRefundedSet { shopMoney { amount } }
    refundLineItems(first: 100, after: $after) {
      nodes { quantity restockType lineItem { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
""",
)

CANCEL_REMAINDER = Document(
    "CancelRemainder",
    """
mutation CancelRemainder($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id }
    order { displayFulfillmentStatus }
    userErrors { field message }
  }
}
""",
    is_mutation=True,
)

READ_CANCELLATION = Document(
    "ReadCancellation",
    """
query ReadCancellation($id: ID!) {
  order(id: $id) {
    id name cancelledAt cancelReason
    cancellation { staffNote }
    fulfillments(first: 10) { name status }
  }
}
""",
)

CANCEL_ORDER = Document(
    "CancelOrder",
    """
mutation CancelOrder(
  $id: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $notify: Boolean!,
  $note: String, $refund: OrderCancelRefundMethodInput
) {
  orderCancel(
    orderId: $id, reason: $reason, restock: $restock, notifyCustomer: $notify,
    staffNote: $note, refundMethod: $refund
  ) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}
""",
    is_mutation=True,
)

READ_JOB = Document("ReadJob", "query ReadJob($id: ID!) { job(id: $id) { id done } }")
