"""Whatever stands in an order, the mapping answers a document or names a field."""

import copy
import json
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.domain.sales_order import SalesOrder
from crossdock.ports.errors import Unreadable
from tests.contract.shopify.test_golden_samples import SAMPLES
from tests.unit.shopify.bodies import good_order, refusal_or_answer

NODE: dict[str, Any] = json.loads((SAMPLES / "node_1001.in.json").read_bytes())
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(10**18, 10**40), st.text(max_size=20),
    st.floats().filter(math.isfinite), st.just([]), st.just({}), st.just([{}]), st.just([None]),
    st.sampled_from(["1.00", "-1", "1e9", "NaN", "EUR", "gid://shopify/X/1", "gid://x", "é\ud800"]),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    found = [path] if path else []
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        found += places(child, (*path, key))
    return found


def spoiled(document: dict[str, Any], path: tuple[Any, ...], odd: object, *, remove: bool) -> bytes:
    copied = copy.deepcopy(document)
    target: Any = copied
    for part in path[:-1]:
        target = target[part]
    if remove:
        del target[path[-1]]
    else:
        target[path[-1]] = odd
    return json.dumps(copied).encode()


def answers(body: bytes, *, is_node: bool) -> None:
    answer = refusal_or_answer(lambda: to_sales_order(body, is_node=is_node))
    assert isinstance(answer, SalesOrder | Unreadable)
    if isinstance(answer, SalesOrder):
        answer.model_dump_json()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(good_order())), ODD, st.booleans())
def test_webhooks(path: tuple[Any, ...], odd: object, remove: bool):
    answers(spoiled(good_order(), path, odd, remove=remove), is_node=False)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(NODE)), ODD, st.booleans())
def test_nodes(path: tuple[Any, ...], odd: object, remove: bool):
    answers(spoiled(NODE, path, odd, remove=remove), is_node=True)


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_bytes(body: bytes, is_node: bool):
    answers(body, is_node=is_node)
