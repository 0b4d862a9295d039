"""One document on either side → what differs. Pure.

A document that one side alone has is always a difference, and so is one that stands there twice:
counts of a comparison cannot be unequal without one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.ops.reconciliation.difference import (
    Difference,
    quantities_text,
    same_quantities,
)
from crossdock.ops.reconciliation.expected import Expected, Mending, Presence
from crossdock.ports.listing import Listed, ListedKind

DRAFT = "draft"


def judge(connection: str, expected: Expected, there: Sequence[Listed]) -> Iterator[Difference]:
    """What differs between a document of ours and all that the system lists under its key."""
    if not there:
        if expected.presence is Presence.MUST:
            yield _missing(connection, expected)
        return
    drafts = [one for one in there if one.status == DRAFT]
    standing = [one for one in there if one.status != DRAFT]
    for one in drafts:
        said = f"{one.name} is a draft"
        yield _difference(connection, expected, "invoiced", expected.ours, said, as_="draft")
    if expected.presence is Presence.MUST_NOT:
        for one in standing:
            yield _unexpected(connection, expected, one)
        return
    if drafts and not standing and expected.presence is Presence.MUST:
        yield _missing(connection, expected)
    for one in standing[:1]:
        yield from _compared(connection, expected, one)
    for one in standing[1:]:
        yield _difference(connection, expected, "double", standing[0].name, one.name)


def judge_unknown(
    connection: str, there: Iterable[Listed], owner: str, remedy: str
) -> Iterator[Difference]:
    """Documents that our books do not know at all, looked for by their key."""
    for one in there:
        said = one.status
        if one.kind is not ListedKind.ORDER:
            said = f"{one.kind} of {quantities_text(one.quantities)}"
        yield Difference(
            "missing_here", connection, one.name or one.key, "not in the ledger", said, owner,
            remedy, one.money,
        )  # fmt: skip


def counted(expected: Expected | None, there: Sequence[Listed]) -> tuple[int, int]:
    """How many documents either side has. What may be there is counted where it is."""
    ours = 0
    if expected is not None and expected.presence is not Presence.MUST_NOT:
        ours = int(bool(there) or expected.presence is Presence.MUST)
    return ours, len(there)


def _missing(connection: str, expected: Expected) -> Difference:
    what = {ListedKind.SHIPMENT: "shipment", ListedKind.INVOICE: "invoice"}.get(
        expected.kind, "order"
    )
    ours = f"{what}, {expected.ours}"
    if expected.kind is not ListedKind.ORDER and expected.quantities:
        ours = f"{what} of {quantities_text(expected.quantities)}"
    return _difference(connection, expected, "missing_there", ours, f"no {what}")


def _unexpected(connection: str, expected: Expected, there: Listed) -> Difference:
    kind, theirs = expected.word, quantities_text(there.quantities)
    if expected.kind is ListedKind.ORDER:
        kind, theirs = "missing_here", there.status
    return _difference(connection, expected, kind, expected.ours, theirs, as_="unexpected")


def _compared(connection: str, expected: Expected, there: Listed) -> Iterator[Difference]:
    if expected.statuses is not None and there.status not in expected.statuses:
        yield _difference(connection, expected, "state", expected.ours, there.status)
        return
    if expected.kind is ListedKind.ORDER and there.status == "cancelled":
        return
    if expected.money is not None and not _same_money(expected, there):
        word = "total" if expected.kind is ListedKind.ORDER else expected.word
        value = _apart(expected.money, there) or there.money
        at_most = "at most " if expected.money_at_most else ""
        ours, theirs = f"{at_most}{expected.money}", str(there.money or "no amount")
        yield _difference(connection, expected, word, ours, theirs, value)
    if expected.quantities is not None:
        theirs_of = {s: a for s, a in there.quantities.items() if s not in expected.ignored}
        ours_of = {s: a for s, a in expected.quantities.items() if s not in expected.ignored}
        if not _same_quantities(expected, ours_of, theirs_of):
            ours, theirs = quantities_text(ours_of), quantities_text(theirs_of)
            yield _difference(connection, expected, expected.word, ours, theirs)


def _same_money(expected: Expected, there: Listed) -> bool:
    ours, theirs = expected.money, there.money
    if ours is None or theirs is None or theirs.currency != ours.currency:
        return False
    above = theirs.amount - ours.amount
    if expected.money_at_most:
        return above <= expected.tolerance and theirs.amount >= 0
    return abs(above) <= expected.tolerance


def _apart(ours: Money, there: Listed) -> Money | None:
    theirs = there.money
    if theirs is None or theirs.currency != ours.currency:
        return None
    return Money(amount=abs(theirs.amount - ours.amount), currency=ours.currency)


def _same_quantities(
    expected: Expected, ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal]
) -> bool:
    if expected.quantities_at_most:
        return all(0 <= amount <= ours.get(sku, 0) for sku, amount in theirs.items())
    return same_quantities(ours, theirs)


def _difference(
    connection: str, expected: Expected, kind: str, ours: str, theirs: str,
    value: Money | None = None, as_: str = "",
) -> Difference:  # fmt: skip
    fallback = Mending("order_desk", f"see {expected.order.label} on {connection}")
    mending = expected.mending.get(as_ or kind, fallback)
    return Difference(
        kind, connection, expected.order.label, ours, theirs, mending.owner, mending.remedy,
        value or expected.order.total,
    )  # fmt: skip
