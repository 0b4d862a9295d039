"""Which inventory item a SKU is, kept in memory: searches cost far more than writes."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crossdock.connectors.shopify.mapping.inventory import from_skus
from crossdock.connectors.shopify.queries import FIND_VARIANTS, Document
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.channel_stock import PublishOutcome

Run = Callable[[Document, Mapping[str, Any]], dict[str, Any]]
SKUS_PER_SEARCH = 50
VARIANTS_PER_PAGE = 100
KNOWN_MAX = 200_000
"""SKUs remembered; the least recently used goes first."""


class Unfit(NamedTuple):
    """Why no number can be set for a SKU."""

    outcome: PublishOutcome
    reason: str


class InventoryItems:
    """Inventory items of one shop by SKU. Thread-safe.

    Only good answers are remembered, so what a person mends is seen at once. A SKU that was moved
    to another variant is noticed when its number is read next.
    """

    def __init__(self, known_max: int = KNOWN_MAX) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._known_max = known_max
        self._lock = threading.Lock()

    def find(self, run: Run, skus: Sequence[str]) -> dict[str, str | Unfit]:
        """The global id of each SKU's item, or why nothing can be set for it."""
        found: dict[str, str | Unfit] = {}
        with self._lock:
            for sku in skus:
                if sku in self._known:
                    self._known.move_to_end(sku)
                    found[sku] = self._known[sku]
        unknown = [sku for sku in dict.fromkeys(skus) if sku not in found]
        for start in range(0, len(unknown), SKUS_PER_SEARCH):
            found.update(self._search(run, unknown[start : start + SKUS_PER_SEARCH]))
        return found

    def forget(self, skus: Sequence[str]) -> None:
        """Look these up anew next time."""
        with self._lock:
            for sku in skus:
                self._known.pop(sku, None)

    def _search(self, run: Run, skus: Sequence[str]) -> dict[str, str | Unfit]:
        by_sku: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for variant in _variants(run, skus):
            with reading(FIND_VARIANTS):
                by_sku[variant["sku"]].append(variant)
        with reading(FIND_VARIANTS):
            found = {sku: _item_of(sku, by_sku[sku]) for sku in skus}
        with self._lock:
            self._known.update((s, item) for s, item in found.items() if isinstance(item, str))
            while len(self._known) > self._known_max:
                self._known.popitem(last=False)
        return found


def _variants(run: Run, skus: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """All variants the search finds: also those whose SKU is merely alike."""
    after: str | None = None
    while True:
        variables = {"query": from_skus(skus), "first": VARIANTS_PER_PAGE, "after": after}
        data = run(FIND_VARIANTS, variables)
        with reading(FIND_VARIANTS):
            page = data["productVariants"]
            nodes, info = list(page["nodes"]), page["pageInfo"]
            after = info["endCursor"] if info["hasNextPage"] else None
        yield from nodes
        if after is None:
            return


def _item_of(sku: str, variants: Sequence[Mapping[str, Any]]) -> str | Unfit:
    items = {variant["inventoryItem"]["id"]: variant for variant in variants}
    if not items:
        return Unfit(
            PublishOutcome.UNKNOWN_SKU,
            f"no variant in Shopify has the SKU {sku!r}: enter it at the variant, letter by letter",
        )
    if len(items) > 1:
        names = ", ".join(sorted(str(variant["displayName"]) for variant in items.values()))
        return Unfit(
            PublishOutcome.REFUSED,
            f"several variants in Shopify have the SKU {sku!r}: {names}; leave it to one of them",
        )
    ((item_id, variant),) = items.items()
    if not variant["inventoryItem"]["tracked"]:
        return Unfit(
            PublishOutcome.NOT_STOCKED,
            f"Shopify does not count {variant['displayName']}: switch on"
            " 'Inventory tracked' at the variant",
        )
    return str(item_id)
