"""Our answers to orders and to cancellations, and the tags beside them."""

from crossdock.connectors.shopify.queries.document import (
    CANCELLATION_RESPONSE_KEY,
    METAFIELD_NAMESPACE,
    ORDER_RESPONSE_KEY,
    Document,
)

READ_ORDER_RESPONSES = Document(
    "ReadOrderResponses",
    f"""
query ReadOrderResponses($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{
      id
      tags
      {ORDER_RESPONSE_KEY}: metafield(
        namespace: "{METAFIELD_NAMESPACE}", key: "{ORDER_RESPONSE_KEY}"
      ) {{ value }}
      {CANCELLATION_RESPONSE_KEY}: metafield(
        namespace: "{METAFIELD_NAMESPACE}", key: "{CANCELLATION_RESPONSE_KEY}"
      ) {{ value }}
    }}
  }}
}}
""",
)
"""Each answer under the name of its metafield's key."""

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

UNTAG_ORDER = Document(
    "UntagOrder",
    """
mutation UntagOrder($id: ID!, $tags: [String!]!) {
  tagsRemove(id: $id, tags: $tags) { node { id } userErrors { field message } }
}
""",
    is_mutation=True,
)
