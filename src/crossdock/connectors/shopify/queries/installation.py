"""The app's own rights and webhook subscriptions."""

from crossdock.connectors.shopify.queries.document import Document

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
