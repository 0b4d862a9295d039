"""The GraphQL endpoint: validation, cost, throttling, execution."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from crossdock.connectors.shopify.twin.resolvers import Resolvers
from crossdock.connectors.shopify.twin.throttle import (
    MUTATION_COST,
    QUERY_COST_MAX,
    LeakyBucket,
    QueryCost,
)

Json = dict[str, Any]

IDEMPOTENT_MUTATIONS = frozenset(
    """
    inventoryActivate inventoryAdjustQuantities inventoryMoveQuantities
    inventorySetOnHandQuantities inventorySetQuantities inventoryShipmentAddItems
    inventoryShipmentCreate inventoryShipmentCreateInTransit inventoryShipmentReceive
    inventoryTransferCreate inventoryTransferCreateAsReadyToShip inventoryTransferDuplicate
    inventoryTransferSetItems locationActivate locationDeactivate refundCreate
    """.split()  # noqa: SIM905 - reads better
)
"""Need `@idempotent(key:)` since 2026-04, which the schema itself cannot say."""
INPUT_MAX = 250
"""Longest list among a request's variables (vendor page "API limits")."""


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """The part of Shopify's schema that the connector uses."""
    text = files("crossdock.connectors.shopify.twin").joinpath("schema.graphql").read_text("utf-8")
    return build_schema(text)


@lru_cache(maxsize=256)
def checked(text: str) -> DocumentNode:
    """The parsed document. Raises GraphQLError as Shopify would refuse it."""
    document = parse(text)
    errors = [*validate(schema(), document), *missing_idempotency(document)]
    if errors:
        raise errors[0]
    return document


def missing_idempotency(document: DocumentNode) -> list[GraphQLError]:
    """Mutations that need `@idempotent` and lack it."""
    return [
        GraphQLError(f"The @idempotent directive is required for {field.name.value}")
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        and operation.operation is OperationType.MUTATION
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
        and field.name.value in IDEMPOTENT_MUTATIONS
        and not any(directive.name.value == "idempotent" for directive in field.directives)
    ]


class GraphqlEndpoint:
    """Answers GraphQL requests out of the shop's state and its bucket."""

    def __init__(self, resolvers: Resolvers, bucket: LeakyBucket) -> None:
        self._resolvers = resolvers
        self._bucket = bucket

    def answer(self, request: Mapping[str, Any], now: datetime) -> Json:
        """The reply's JSON; errors come as HTTP 200, as with Shopify."""
        variables = request.get("variables") or {}
        name = request.get("operationName")
        try:
            document = checked(str(request.get("query")))
        except GraphQLError as error:
            return _refused(error.message, "invalid")
        operation = get_operation_ast(document, name)
        if operation is None:
            return _refused("No operation with that name", "invalid")
        if _longest(variables) > INPUT_MAX:
            message = f"An input array exceeds the maximum of {INPUT_MAX}"
            return _refused(message, "MAX_INPUT_SIZE_EXCEEDED")
        cost = QueryCost(schema(), document, variables).of(operation)
        if cost > QUERY_COST_MAX:
            message = f"Query cost is {cost}, which exceeds the single query max cost limit (1000)"
            return _refused(message, "MAX_COST_EXCEEDED")
        if cost > self._bucket.available(now):
            return self.throttled(cost, now)
        result = execute_sync(
            schema(), document, self._resolvers.roots(operation.operation, now),
            variable_values=variables, operation_name=name,
        )  # fmt: skip
        return self._reply(result, cost, operation, now)

    def throttled(self, cost: int, now: datetime, available: float | None = None) -> Json:
        """The THROTTLED reply to a query of that cost."""
        status = self._bucket.status(now)
        if available is not None:
            status["currentlyAvailable"] = available
        return _refused("Throttled", "THROTTLED") | _cost(cost, None, status)

    def _reply(
        self, result: ExecutionResult, cost: int, operation: OperationDefinitionNode, now: datetime
    ) -> Json:
        if operation.operation is OperationType.MUTATION:
            actual = MUTATION_COST
        else:
            actual = min(cost, _objects(result.data))
        self._bucket.spend(actual, now)
        reply: Json = {"data": result.data} | _cost(cost, actual, self._bucket.status(now))
        if result.errors:
            reply["errors"] = [
                {"message": e.message, "path": e.path, "extensions": e.extensions or {}}
                for e in result.errors
            ]
        return reply


def _longest(value: object) -> int:
    """Length of the longest list in the variables."""
    if isinstance(value, dict):
        return max(map(_longest, value.values()), default=0)
    if isinstance(value, list):
        return max(len(value), *map(_longest, value), 0)
    return 0


def _refused(message: str, code: str) -> Json:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _cost(requested: int, actual: int | None, status: Mapping[str, float]) -> Json:
    cost = {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": dict(status),
    }
    return {"extensions": {"cost": cost}}


def _objects(value: object) -> int:
    """Objects in a result: what was in fact read."""
    if isinstance(value, dict):
        return 1 + sum(_objects(part) for part in value.values())
    if isinstance(value, list):
        return sum(_objects(part) for part in value)
    return 0
