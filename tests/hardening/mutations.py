"""Bodies made from good ones: in their bytes, and in what they say."""

import copy
import json
import math
from typing import Any

from hypothesis import strategies as st

ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([
        None, True, False, 0, -1, 1.5, 10**18, 10**40, -(10**40), 1e308, "", " ", "0", "-1", "1e9",
        "1E400", "NaN", "Infinity", "1.00", "EUR", "\0", "\ud800", "\u202e", "٣", "2026-02-30",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", [], {},
        [[]], [{}], [None], {"": ""}, "x" * 70_000, "gid://x/Order/1", "'; DROP TABLE hold; --",
        "{{7*7}}", "${jndi:ldap://x}", "../../etc/passwd", "http://169.254.169.254/",
    ]),
    st.integers(), st.text(max_size=12), st.floats().filter(math.isfinite),
)  # fmt: skip
SNIPPETS = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([
        b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b'"', b"{", b"[" * 3_000,
        b'{"a":' * 3_000, b"NaN", b"-", b"1e999999999", b"9" * 6_000, b"\xed\xa0\x80", b"\r\n",
    ]),
)  # fmt: skip


def mutated(samples: list[bytes]) -> st.SearchStrategy[bytes]:
    """A sample with one or several things wrong; now and then no sample at all."""
    trees = [json.loads(sample) for sample in samples]
    return st.one_of(
        _changed_trees(trees), _changed_bytes(samples), st.sampled_from(samples),
        st.binary(max_size=60),
    )  # fmt: skip


@st.composite
def _changed_trees(draw: st.DrawFn, trees: list[Any]) -> bytes:
    tree = copy.deepcopy(draw(st.sampled_from(trees)))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(tree)
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        if draw(st.integers(0, 3)) == 0:
            del holder[key]
        else:
            holder[key] = draw(ODD)
    return json.dumps(tree).encode()


@st.composite
def _changed_bytes(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    body = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.sampled_from([0, 0, 1, 5, 50, 10**6])))
        body = body[:start] + draw(SNIPPETS) + body[end:]
    return body


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON document, as a container and a key in it."""
    found: list[tuple[Any, Any]] = []
    children = (
        list(tree.items())
        if isinstance(tree, dict)
        else list(enumerate(tree))
        if isinstance(tree, list)
        else []
    )
    for key, child in children:
        found.append((tree, key))
        found += _places(child)
    return found
