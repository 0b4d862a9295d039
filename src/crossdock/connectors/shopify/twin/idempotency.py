"""The key of `@idempotent(key:)`."""

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution.values import get_directive_values


def idempotency_key(info: GraphQLResolveInfo) -> str:
    """Raises GraphQLError for an empty one, as Shopify refuses it."""
    directive = info.schema.get_directive("idempotent")
    assert directive is not None
    values = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    key = str(values["key"]) if values else ""
    if not key.strip():
        raise GraphQLError("The idempotency key cannot be an empty string or whitespace only")
    return key
