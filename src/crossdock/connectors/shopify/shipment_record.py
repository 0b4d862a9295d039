"""Which fulfilments are which shipment's: a metafield of ours on the order.

A fulfilment itself has no place for a name of ours that the customer would not read. So the order
keeps, by shipment, the fulfilments that we made, and before each is made what is about to be: its
pieces, and the fulfilments that stand. What comes to stand after that with just these pieces came
of our try.

    {"F1001/1": {"fulfilments": ["501"], "try": {"before": ["501"], "pieces": {"77": 2}}}}

It is written only as it was read (`compareDigest`): of two who write, one is refused.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crossdock.connectors.shopify.fulfilment_state import FulfilmentState, Pieces
from crossdock.connectors.shopify.orders import OrderChanging, Run
from crossdock.connectors.shopify.queries import (
    METAFIELD_NAMESPACE,
    RECORD_SHIPMENTS,
    SHIPMENTS_KEY,
)
from crossdock.connectors.shopify.replies import first_user_error, reading
from crossdock.ports.errors import Rejected

STALE = "STALE_OBJECT"
LINE_GID = "gid://shopify/LineItem/"
REMEDY = "see in Shopify who changed the order's metafield crossdock.shipments, and mend it"


@dataclass(frozen=True, slots=True)
class Try:
    """A fulfilment that was about to be made."""

    before: frozenset[str]
    """Numbers of the fulfilments that stood then."""
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one shipment."""

    fulfilments: frozenset[str] = frozenset()
    """Numbers of those that are its own."""
    trying: Try | None = None
    """The last try whose outcome was not recorded."""


class ShipmentRecord:
    """One order's record, as it was read and as we have written it since."""

    def __init__(self, run: Run, state: FulfilmentState) -> None:
        """Raises Rejected when somebody has written something else into it."""
        self._run = run
        self._order_id = state.order_id
        self._digest = state.record_digest
        self.told = _parsed(state)
        """By shipment id."""

    def of(self, shipment_id: str) -> Told:
        """What is known of a shipment; nothing for one that was never tried."""
        return self.told.get(shipment_id, Told())

    def begin(self, shipment_id: str, before: Iterable[str], pieces: Pieces) -> None:
        """Tell that a fulfilment of these pieces is about to be made."""
        trying = Try(frozenset(map(number_of, before)), pieces)
        self._write(shipment_id, replace(self.of(shipment_id), trying=trying))

    def add(self, shipment_id: str, fulfilment_ids: Iterable[str]) -> None:
        """These are the shipment's own, and its last try is over. Writes only what is new."""
        told = self.of(shipment_id)
        own = told.fulfilments | {number_of(gid) for gid in fulfilment_ids}
        if own != told.fulfilments:
            self._write(shipment_id, Told(own))

    def _write(self, shipment_id: str, told: Told) -> None:
        """Raises OrderChanging when another has written meanwhile, and the client's errors."""
        changed = {**self.told, shipment_id: told}
        metafield = {
            "ownerId": self._order_id,
            "namespace": METAFIELD_NAMESPACE,
            "key": SHIPMENTS_KEY,
            "type": "json",
            "value": json.dumps({key: _shown(each) for key, each in changed.items()}),
            "compareDigest": self._digest,
        }
        data = self._run(RECORD_SHIPMENTS, {"metafields": [metafield]})
        with reading(RECORD_SHIPMENTS):
            errors = data["metafieldsSet"]["userErrors"]
            if any(error.get("code") == STALE for error in errors):
                reason = f"the shipments of {self._order_id} were recorded by another meanwhile"
                raise OrderChanging(reason, remedy="it is read again")
            refused = first_user_error(errors, "crossdock.shipments: ", REMEDY)
            if refused:
                raise refused
            (made,) = data["metafieldsSet"]["metafields"]
            self._digest = made["compareDigest"]
        self.told = changed


def number_of(gid: str) -> str:
    """`gid://shopify/Fulfillment/501` → `501`"""
    return gid.rpartition("/")[2]


def _parsed(state: FulfilmentState) -> Mapping[str, Told]:
    try:
        entries: dict[str, Any] = json.loads(state.record or "{}")
        return {shipment_id: _told(entry) for shipment_id, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"the metafield crossdock.shipments of {state.name} is not as we write it"
        raise Rejected(reason, remedy=REMEDY, code="record_changed") from error


def _told(entry: Mapping[str, Any]) -> Told:
    given = entry.get("try")
    trying = None
    if given is not None:
        pieces = {f"{LINE_GID}{line}": int(count) for line, count in given["pieces"].items()}
        trying = Try(frozenset(map(str, given["before"])), Counter(pieces))
    return Told(frozenset(map(str, entry["fulfilments"])), trying)


def _shown(told: Told) -> dict[str, Any]:
    shown: dict[str, Any] = {"fulfilments": sorted(told.fulfilments)}
    if told.trying:
        pieces = {number_of(line): count for line, count in sorted(told.trying.pieces.items())}
        shown["try"] = {"before": sorted(told.trying.before), "pieces": pieces}
    return shown
