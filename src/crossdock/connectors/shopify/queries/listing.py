"""Orders of a window as the close compares them: totals and quantities, no parties.

Source: Admin API schema 2026-07, `orders` with search syntax on `created_at`.
"""

from crossdock.connectors.shopify.queries.document import Document

_LISTED_LINES = """
fragment ListedLines on LineItemConnection {
  nodes { id sku name quantity currentQuantity requiresShipping isGiftCard product { id } }
  pageInfo { hasNextPage endCursor }
}
"""

_LISTED_ORDER = (
    """
fragment ListedOrder on Order {
  id legacyResourceId name createdAt cancelledAt currencyCode displayFulfillmentStatus
  totalPriceSet { shopMoney { amount } }
  currentTotalPriceSet { shopMoney { amount } }
  totalTipReceivedSet { shopMoney { amount } }
  totalCashRoundingAdjustment { paymentSet { shopMoney { amount } } }
  lineItems(first: 10) { ...ListedLines }
}
"""
    + _LISTED_LINES
)

_LISTED_SHIPMENTS = """
fragment ListedShipments on Order {
  id legacyResourceId name createdAt displayFulfillmentStatus
  fulfillmentsCount { count }
  fulfillments(first: 5) {
    id status
    fulfillmentLineItems(first: 5) {
      nodes { quantity lineItem { id sku name } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

LIST_ORDERS = Document(
    "ListOrders",
    """
query ListOrders($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, sortKey: CREATED_AT, query: $query) {
    nodes {
      ...ListedOrder
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + _LISTED_ORDER,
)
"""About 40 cost points an order."""

FIND_ORDERS = Document(
    "FindOrders",
    """
query FindOrders($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ...ListedOrder } } }
"""
    + _LISTED_ORDER,
)

LIST_ORDER_LINES = Document(
    "ListOrderLines",
    """
query ListOrderLines($id: ID!, $after: String) {
  order(id: $id) { lineItems(first: 100, after: $after) { ...ListedLines } }
}
"""
    + _LISTED_LINES,
)

LIST_SHIPMENTS = Document(
    "ListShipments",
    """
query ListShipments($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, sortKey: CREATED_AT, query: $query) {
    nodes {
      ...ListedShipments
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + _LISTED_SHIPMENTS,
)
"""About 70 cost points an order with five fulfilments of five lines."""

FIND_SHIPMENTS = Document(
    "FindShipments",
    """
query FindShipments($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ...ListedShipments } } }
"""
    + _LISTED_SHIPMENTS,
)
