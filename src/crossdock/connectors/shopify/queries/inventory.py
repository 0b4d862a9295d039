"""Variants by SKU, what a location shows of them, and setting it.

Source: Admin API schema 2026-07, types ProductVariant, InventoryItem, InventoryLevel, Location.
"""

from crossdock.connectors.shopify.queries.document import Document

FIND_VARIANTS = Document(
    "FindVariants",
    """
query FindVariants($query: String!, $first: Int!, $after: String) {
  productVariants(first: $first, after: $after, query: $query) {
    nodes { sku displayName inventoryItem { id tracked } }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)

READ_LEVELS = Document(
    "ReadLevels",
    """
query ReadLevels($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    id
    ... on InventoryItem {
      sku tracked
      inventoryLevel(locationId: $location) { quantities(names: ["available"]) { quantity } }
    }
  }
}
""",
)
"""By id, so that they are those of this instant: searches lag behind."""

READ_LOCATIONS = Document(
    "ReadLocations",
    """
query ReadLocations($after: String) {
  locations(first: 100, after: $after) {
    nodes { id name }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)
"""Active ones of the merchant's own; those of fulfilment services are not among them."""

SET_QUANTITIES = Document(
    "SetQuantities",
    """
mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { field message code }
  }
}
""",
    is_mutation=True,
)
