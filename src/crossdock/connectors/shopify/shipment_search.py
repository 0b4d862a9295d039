"""Which fulfilments of an order stand for a shipment. Pure.

Its own are those that the record names, and what came of a try whose outcome was not recorded. One
that the record gives to another shipment is never taken, whatever its tracking numbers are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossdock.connectors.shopify.fulfilment_plan import wanted_pieces
from crossdock.connectors.shopify.fulfilment_state import Fulfilment, FulfilmentState, Pieces
from crossdock.connectors.shopify.shipment_record import Told, Try, number_of
from crossdock.ports.errors import Rejected

Request = Mapping[str, Any]
OTHER_LINES = "other_lines"
NOBODY_CAN_TELL = "nobody_can_tell"
DIFFERENCES = frozenset({OTHER_LINES, NOBODY_CAN_TELL})
"""Codes of refusals that say: something else stands there."""


def find_ours(
    state: FulfilmentState, told: Mapping[str, Told], request: Request
) -> list[Fulfilment]:
    """All that stands for the shipment, which may be a part of it.

    Raises Rejected with one of DIFFERENCES where a person has to look.
    """
    mine = told.get(request["shipment_id"], Told())
    others = [each for key, each in told.items() if key != request["shipment_id"]]
    wanted = wanted_pieces(request["lines"])
    known = [f for f in state.fulfilments if number_of(f.fulfilment_id) in mine.fulfilments]
    named = mine.fulfilments.union(*(each.fulfilments for each in others))
    free = [
        f
        for f in state.fulfilments
        if number_of(f.fulfilment_id) not in named and f.pieces.keys() & wanted.keys()
    ]
    if not sum_of(known) <= wanted:
        raise Rejected(
            f"{state.name} has {_names(known)}; ours is {words(wanted)}",
            remedy="its record says that these are this shipment: see who changed either",
            code=OTHER_LINES,
        )
    rest = wanted - sum_of(known)
    if not rest:
        return known
    came = _came_of(mine.trying, state, free, request) if mine.trying else []
    return known + (came or _entered_by_hand(state, free, rest, others, request))


def _came_of(
    trying: Try, state: FulfilmentState, free: Sequence[Fulfilment], request: Request
) -> list[Fulfilment]:
    """The fulfilment that our try made, if it did.

    What we send has our numbers and just these pieces; the numbers can be changed afterwards.
    """
    numbers = numbers_of(request)
    new = [f for f in free if number_of(f.fulfilment_id) not in trying.before]
    alike = [f for f in new if f.pieces == trying.pieces]
    sure = [f for f in alike if f.numbers & numbers]
    if sure:
        return sure[:1]
    doubtful = alike + [f for f in new if f.numbers & numbers]
    if not doubtful:
        return []
    ours = f"ours is {words(trying.pieces)} under {_numbers(numbers)}"
    raise Rejected(
        f"{state.name} has {_names(doubtful)}, made since we tried; {ours}, so nobody can tell"
        " whether that is it",
        remedy="if it is, give it our tracking number, or release as done with what stands there;"
        " else cancel it in Shopify, then release",
        code=NOBODY_CAN_TELL,
    )


def _entered_by_hand(
    state: FulfilmentState,
    free: Sequence[Fulfilment],
    rest: Pieces,
    others: Iterable[Told],
    request: Request,
) -> list[Fulfilment]:
    """What somebody entered before us under our tracking numbers, if it is just what is missing."""
    numbers = numbers_of(request)
    found = [f for f in free if f.numbers & numbers]
    if not found:
        return []
    ours = f"ours is {words(rest)} under {_numbers(numbers)}"
    if any(_may_be_of(each.trying, f) for each in others for f in found):
        raise Rejected(
            f"{state.name} has {_names(found)}, which may be of another shipment of ours whose"
            f" outcome was never known; {ours}",
            remedy="if it is this shipment, release as done with what stands there; else give it"
            " its own tracking number, then release",
            code=NOBODY_CAN_TELL,
        )
    if sum_of(found) == rest:
        return found
    raise Rejected(
        f"{state.name} has {_names(found)}; {ours}",
        remedy="somebody entered this shipment differently: mend it in Shopify",
        code=OTHER_LINES,
    )


def _may_be_of(trying: Try | None, found: Fulfilment) -> bool:
    if trying is None:
        return False
    new = number_of(found.fulfilment_id) not in trying.before
    return new and found.pieces == trying.pieces


def numbers_of(request: Request) -> frozenset[str]:
    """The shipment's tracking numbers."""
    return frozenset(request["tracking"].get("numbers", ()))


def sum_of(fulfilments: Iterable[Fulfilment]) -> Pieces:
    """All their pieces."""
    pieces: Pieces = Counter()
    for fulfilment in fulfilments:
        pieces += fulfilment.pieces
    return pieces


def words(pieces: Pieces) -> str:
    """`2 of line 77`"""
    named = sorted(pieces.items())
    return ", ".join(f"{count} of line {number_of(line)}" for line, count in named)


def _names(fulfilments: Iterable[Fulfilment]) -> str:
    each = {f.name: f"{f.name} with {words(f.pieces)}" for f in fulfilments}
    return ", ".join(each.values())


def _numbers(numbers: Iterable[str]) -> str:
    return ", ".join(sorted(numbers)) or "no tracking number"
