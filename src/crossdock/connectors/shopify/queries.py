"""Every GraphQL document this connector can send (Admin API 2026-07).

A test validates each of them against Shopify's own introspection of that version.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A GraphQL document with one operation."""

    name: str
    text: str
    is_mutation: bool = False


METAFIELD_NAMESPACE = "crossdock"
METAFIELD_KEY = "order_response"
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
      legacyResourceId updatedAt
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

READ_ORDER_RESPONSES = Document(
    "ReadOrderResponses",
    f"""
query ReadOrderResponses($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{
      id
      tags
      metafield(namespace: "{METAFIELD_NAMESPACE}", key: "{METAFIELD_KEY}") {{ value }}
    }}
  }}
}}
""",
)

SET_ORDER_RESPONSES = Document(
    "SetOrderResponses",
    """
mutation SetOrderResponses($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id }
    userErrors { field message code elementIndex }
  }
}
""",
    is_mutation=True,
)

TAG_ORDER = Document(
    "TagOrder",
    """
mutation TagOrder($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } }
}
""",
    is_mutation=True,
)

READ_INSTALLATION = Document(
    "ReadInstallation",
    """
query ReadInstallation {
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
  shop { name myshopifyDomain currencyCode }
}
""",
)

READ_SUBSCRIPTIONS = Document(
    "ReadSubscriptions",
    """
query ReadSubscriptions($topics: [WebhookSubscriptionTopic!]!) {
  webhookSubscriptions(first: 100, topics: $topics) {
    nodes { id topic uri format includeFields filter }
  }
}
""",
)

CREATE_SUBSCRIPTION = Document(
    "CreateSubscription",
    """
mutation CreateSubscription(
  $topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!
) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}
""",
    is_mutation=True,
)

UPDATE_SUBSCRIPTION = Document(
    "UpdateSubscription",
    """
mutation UpdateSubscription($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}
""",
    is_mutation=True,
)

DOCUMENTS = (
    SWEEP_ORDERS,
    READ_ORDER,
    READ_ORDER_LINES,
    READ_ORDER_RESPONSES,
    SET_ORDER_RESPONSES,
    TAG_ORDER,
    READ_INSTALLATION,
    READ_SUBSCRIPTIONS,
    CREATE_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION,
)
