"""The leaky bucket of cost points, and what a query costs (vendor page "API rate limits")."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

QUERY_COST_MAX = 1000
CONNECTION_COST = 2
MUTATION_COST = 10


@dataclass(slots=True)
class LeakyBucket:
    """Points that refill with time."""

    capacity: float = 2000
    restore_rate: float = 100
    """Points per second: 100, 200, 1000 or 2000 by the shop's plan."""
    _level: float = -1
    _at: datetime | None = None

    def available(self, now: datetime) -> float:
        """Points at `now`."""
        if self._at is None:
            self._level = self.capacity
        else:
            elapsed = max(0.0, (now - self._at).total_seconds())
            self._level = min(self.capacity, self._level + elapsed * self.restore_rate)
        self._at = now
        return self._level

    def spend(self, points: float, now: datetime) -> None:
        self._level = self.available(now) - points

    def status(self, now: datetime) -> dict[str, float]:
        """As `extensions.cost.throttleStatus`."""
        return {
            "maximumAvailable": self.capacity,
            "currentlyAvailable": int(self.available(now)),
            "restoreRate": self.restore_rate,
        }


class QueryCost:
    """What an operation may cost: an object 1, a connection 2 and its rows, a mutation 10."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            node.name.value: node.selection_set
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> int:
        """In cost points."""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        if operation.operation is OperationType.MUTATION:
            return MUTATION_COST * len(operation.selection_set.selections)
        return self._children(operation.selection_set, root)

    def _children(self, selections: SelectionSetNode | None, parent: GraphQLNamedType) -> int:
        if selections is None:
            return 0
        cost = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                cost += self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                cost += self._children(self._fragments[node.name.value], parent)
            elif isinstance(node, InlineFragmentNode):
                on: NamedTypeNode | None = node.type_condition
                narrowed = parent if on is None else self._schema.get_type(on.name.value)
                assert narrowed is not None
                cost += self._children(node.selection_set, narrowed)
        return cost

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> int:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            return 0
        inner = get_named_type(definition.type)
        if is_leaf_type(inner) or inner.name == "PageInfo":
            return 0
        below = self._children(node.selection_set, inner)
        if inner.name.endswith("Connection"):
            return CONNECTION_COST + self._number(node, "first") * max(1, below)
        if node.name.value == "nodes" and parent.name != "QueryRoot":
            return 1 + below
        ids = self._argument(node, "ids")
        return (len(ids) if isinstance(ids, list) else 1) * (1 + below)

    def _argument(self, node: FieldNode, name: str) -> object:
        for argument in node.arguments:
            if argument.name.value == name:
                if isinstance(argument.value, VariableNode):
                    return self._variables.get(argument.value.name.value)
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
        return None

    def _number(self, node: FieldNode, name: str) -> int:
        value = self._argument(node, name)
        return value if isinstance(value, int) else 1
