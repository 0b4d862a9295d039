"""Listing and reading orders."""

from crossdock.connectors.shopify.queries.document import Document

SHIPPING_LINES_MAX = 5

_MONEY = """
fragment ShopMoney on MoneyBag { shopMoney { amount currencyCode } }
"""

_TAX = """
fragment Tax on TaxLine { title rate priceSet { ...ShopMoney } }
"""

_ADDRESS = """
fragment Address on MailingAddress {
  name company address1 address2 city zip provinceCode countryCodeV2 phone
}
"""

_LINE = """
fragment Line on LineItem {
  id name sku quantity currentQuantity isGiftCard requiresShipping
  product { id }
  variant { id }
  originalUnitPriceSet { ...ShopMoney }
  discountAllocations { allocatedAmountSet { ...ShopMoney } }
  taxLines { ...Tax }
  duties { taxLines { ...Tax } }
}
"""

_ORDER = f"""
fragment OrderHead on Order {{
  id legacyResourceId name createdAt processedAt updatedAt cancelledAt cancelReason
  currencyCode taxesIncluded dutiesIncluded test note poNumber email phone
  customer {{
    id firstName lastName
    defaultEmailAddress {{ emailAddress }}
    defaultPhoneNumber {{ phoneNumber }}
  }}
  billingAddress {{ ...Address }}
  shippingAddress {{ ...Address }}
  totalPriceSet {{ ...ShopMoney }}
  currentTotalPriceSet {{ ...ShopMoney }}
  currentTotalDutiesSet {{ ...ShopMoney }}
  currentTotalAdditionalFeesSet {{ ...ShopMoney }}
  originalTotalDutiesSet {{ ...ShopMoney }}
  originalTotalAdditionalFeesSet {{ ...ShopMoney }}
  totalTipReceivedSet {{ ...ShopMoney }}
  totalCashRoundingAdjustment {{ paymentSet {{ ...ShopMoney }} }}
  shippingLines(first: {SHIPPING_LINES_MAX}, includeRemovals: true) {{
    nodes {{
      id title isRemoved
      originalPriceSet {{ ...ShopMoney }}
      currentDiscountedPriceSet {{ ...ShopMoney }}
      discountAllocations {{ allocatedAmountSet {{ ...ShopMoney }} }}
      taxLines {{ ...Tax }}
    }}
    pageInfo {{ hasNextPage }}
  }}
}}
"""

_ORDER_FRAGMENTS = _MONEY + _TAX + _ADDRESS + _LINE + _ORDER

SWEEP_ORDERS = Document(
    "SweepOrders",
    """
query SweepOrders($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, sortKey: UPDATED_AT, query: $query) {
    nodes {
      legacyResourceId updatedAt cancelledAt
      currentTotalPriceSet { shopMoney { amount } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)
"""A listing, about 3 cost points an order: what it shows unknown is read by `ReadOrder`."""

READ_ORDER = Document(
    "ReadOrder",
    """
query ReadOrder($id: ID!, $lines: Int!) {
  order(id: $id) {
    ...OrderHead
    lineItems(first: $lines) { nodes { ...Line } pageInfo { hasNextPage endCursor } }
  }
}
"""
    + _ORDER_FRAGMENTS,
)

READ_ORDER_LINES = Document(
    "ReadOrderLines",
    """
query ReadOrderLines($id: ID!, $lines: Int!, $after: String) {
  order(id: $id) {
    updatedAt
    lineItems(first: $lines, after: $after) {
      nodes { ...Line }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
    + _MONEY
    + _TAX
    + _LINE,
)
