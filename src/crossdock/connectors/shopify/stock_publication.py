"""Publishing stock: absolute numbers, each guarded by what the shop is believed to show.

`inventorySetQuantities` sets all numbers of a request or none, so those it refuses are taken out
and the others are sent again, under a key made of the batch's key and their content.

Whoever gets Ambiguous repeats the batch under the same key: Shopify remembers keys for 24 hours
(vendor page "Implementing idempotency") and answers what it answered before. Where it says that the
key was used and cannot answer for it (the first request was refused in part, or a number that was
read anew makes the content another), nothing is written: what stands is read and told. After 24
hours only `changeFromQuantity` guards: a number that has come back to what was believed is set
again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from crossdock.connectors.shopify.inventory_items import Run
from crossdock.connectors.shopify.inventory_levels import Level, read_levels
from crossdock.connectors.shopify.mapping.inventory import (
    IN_PROGRESS,
    KEY_USED,
    OF_ALL_ITEMS,
    QuantityError,
    first_key,
    from_quantities,
    from_quantity,
    later_key,
    to_quantity_error,
)
from crossdock.connectors.shopify.queries import SET_QUANTITIES
from crossdock.connectors.shopify.replies import reading
from crossdock.connectors.shopify.stock_answers import (
    Row,
    answer_after_another,
    answer_by_error,
    answer_by_word,
)
from crossdock.connectors.shopify.stock_rows import Answers, StockRows
from crossdock.ports.channel_stock import ChannelStock, Published, PublishOutcome
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected

QUANTITIES_MAX = 250
"""Most numbers one request takes (vendor page "API limits": input arrays)."""


class StockPublication:
    """Publishes stock to one shop. Thread-safe.

    `run` raises RateLimited; `patient_run` waits instead, for what follows a batch's first request:
    to start over would find its key used.
    """

    def __init__(self, run: Run, patient_run: Run, stock_location: str) -> None:
        self._run = run
        self._patient_run = patient_run
        self._rows = StockRows(run, stock_location)

    def publish(self, items: Sequence[ChannelStock], key: str) -> list[Published]:
        """One answer each, in their order. Raises the errors of `ports.errors`."""
        if len(items) > QUANTITIES_MAX:
            reason = f"{len(items)} numbers in one call: Shopify takes {QUANTITIES_MAX}"
            raise Rejected(reason, field="items", remedy="send smaller batches")
        answers: Answers = {}
        try:
            self._publish(items, key, answers)
        except Rejected as error:
            for place, item in enumerate(items):
                refused = Published(item, PublishOutcome.REFUSED, None, error.reason)
                answers.setdefault(place, refused)
        return [answers[place] for place in range(len(items))]

    def _publish(self, items: Sequence[ChannelStock], key: str, answers: Answers) -> None:
        run = self._run
        for location, rows in self._rows.find(items, answers).items():
            with _ambiguous_after_a_write(answers):
                self._set(run, location, rows, key, answers)
            run = self._patient_run

    def _set(self, run: Run, place: str, rows: Sequence[Row], key: str, answers: Answers) -> None:
        """Set the numbers of one location; each refusal takes at least one of them out."""
        request_key = reference = first_key(key, place)
        refusals = 0
        while rows:
            quantities = [
                from_quantity(row.item_id, place, row.item.quantity, row.shown) for row in rows
            ]
            if refusals:
                request_key, run = later_key(key, place, quantities), self._patient_run
            errors = _send(run, from_quantities(quantities, reference), request_key)
            if not errors:
                for row in rows:
                    answers[row.place_in_batch] = Published(
                        row.item, PublishOutcome.SET, row.item.quantity
                    )
                return
            self._answer_refused(place, rows, errors, answers, looks_at_all=refusals > 0)
            rows = [row for row in rows if row.place_in_batch not in answers]
            refusals += 1

    def _answer_refused(
        self, place: str, rows: Sequence[Row], errors: Sequence[QuantityError], answers: Answers,
        *, looks_at_all: bool,
    ) -> None:  # fmt: skip
        """Answer at least one of the rows that Shopify refused together.

        Only what it names is read at first, since reading costs more than writing; all of them
        when that was not enough.
        """
        codes = {error.code for error in errors}
        if IN_PROGRESS in codes:
            remedy = "send the batch again under the same key"
            raise Ambiguous(errors[0].message, remedy=remedy, code=IN_PROGRESS)
        if codes & KEY_USED:
            for row, level in self._read(place, rows, answers):
                answers[row.place_in_batch] = answer_after_another(row, level, place)
            return
        named, unnamed = _by_row(rows, errors)
        fatal = [e for e in errors if e.code in OF_ALL_ITEMS or (e in unnamed and not e.is_of_one)]
        if not fatal:
            looks_at_all |= bool(unnamed)
            suspects = [row for row in rows if looks_at_all or row.place_in_batch in named]
            for row, level in self._read(place, suspects, answers):
                if answer := answer_by_error(row, level, named.get(row.place_in_batch), place):
                    answers[row.place_in_batch] = answer
        if not any(row.place_in_batch in answers for row in rows):
            self._rows.forget_location()
            for row in rows:
                answers[row.place_in_batch] = answer_by_word(row, (fatal or errors)[0])

    def _read(
        self, place: str, rows: Sequence[Row], answers: Answers
    ) -> Iterator[tuple[Row, Level]]:
        levels = read_levels(self._patient_run, [row.item_id for row in rows], place)
        return self._rows.still_theirs(self._patient_run, rows, levels, answers)


def _by_row(
    rows: Sequence[Row], errors: Sequence[QuantityError]
) -> tuple[dict[int, QuantityError], list[QuantityError]]:
    """The errors that name a row, by its place in the batch, and those that name none."""
    named: dict[int, QuantityError] = {}
    unnamed: list[QuantityError] = []
    for error in errors:
        if error.number is None or error.number >= len(rows):
            unnamed.append(error)
        else:
            named[rows[error.number].place_in_batch] = error
    return named, unnamed


def _send(run: Run, sent: Mapping[str, Any], key: str) -> list[QuantityError]:
    data = run(SET_QUANTITIES, {"input": sent, "key": key})
    with reading(SET_QUANTITIES):
        errors = data["inventorySetQuantities"]["userErrors"]
        return [to_quantity_error(error) for error in errors]


@contextmanager
def _ambiguous_after_a_write(answers: Answers) -> Iterator[None]:
    """An error that says nothing happened is not true once some numbers were set."""
    try:
        yield
    except ConnectorError as error:
        written = any(answer.outcome is PublishOutcome.SET for answer in answers.values())
        if not written or isinstance(error, Ambiguous | Rejected):
            raise
        reason = f"some numbers were set, then {error.reason}"
        remedy = "send the batch again under the same key"
        raise Ambiguous(reason, remedy=remedy, code=error.code) from error
