"""Sweeps: projections and sales orders by write_date, page by page."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.manifest import OVERLAP
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.connectors.odoo.stock_sweep import StockSweep
from crossdock.connectors.odoo.streams import ORDER_FIELDS, PROJECTIONS, Record, StreamSource
from crossdock.connectors.odoo.sweep_cursor import SweepCursor, odoo_instant
from crossdock.connectors.odoo.webhooks import SWEPT_ORDER
from crossdock.ports.errors import Rejected
from crossdock.ports.message import Arrival
from crossdock.ports.sweep import SweepPage

ORDERS_PAGE = 200
FIRST_LOOK_BACK = timedelta(days=1)
"""How far the first sweep of orders reads back: older ones are no news."""
ARCHIVED_TOO = {"active_test": False}


class OdooSweep:
    """The streams of one database."""

    def __init__(
        self, client: OdooClient, reference_data: ReferenceData, *, stock: bool = False
    ) -> None:
        self._client = client
        self._reference_data = reference_data
        self._stock = StockSweep(client, switched_on=stock)

    def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """Raises Rejected for an unknown stream or a cursor that is none."""
        if stream == "sale_orders":
            yield from self._orders(cursor, now)
        elif stream == "stock":
            yield from self._stock.sweep(cursor, now)
        elif stream in PROJECTIONS:
            yield from self._projection(PROJECTIONS[stream], cursor, now)
        else:
            raise Rejected(
                f"Odoo has no stream {stream!r}", remedy="see the manifest", code="stream"
            )

    def _projection(
        self, source: StreamSource, cursor: str | None, now: datetime
    ) -> Iterator[SweepPage]:
        if source.optional and not self._visible(source):
            yield SweepPage(cursor or str(SweepCursor(odoo_instant(now))), last=True, full=True)
            return
        whole = cursor is None or source.always_whole
        place = _place(None if source.always_whole else cursor)
        for records, at in self._pages(source.model, source, place):
            last = len(records) < source.page_size
            rows = tuple(source.to_row(record, self._reference_data) for record in records)
            text = max(str(at), cursor or "") if source.always_whole else str(at)
            yield SweepPage(text, rows=rows, last=last, full=whole and last)

    def _orders(self, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        place = _place(cursor)
        if cursor is None:
            place = SweepCursor(odoo_instant(now - FIRST_LOOK_BACK))
        source = StreamSource(SWEPT_ORDER, ORDER_FIELDS, _no_row, page_size=ORDERS_PAGE)
        for records, at in self._pages(SWEPT_ORDER, source, place):
            arrivals = tuple(self._arrival(record) for record in records)
            yield SweepPage(str(at), arrivals=arrivals, last=len(records) < ORDERS_PAGE)

    def _pages(
        self, model: str, source: StreamSource, place: SweepCursor
    ) -> Iterator[tuple[Sequence[Record], SweepCursor]]:
        """Pages by id; the cursor of the last one starts the next run."""
        if not place.running:
            place = place.began(self._newest(model, source))
        since = place.read_from(OVERLAP)
        changed = [["write_date", ">=", since]] if since else []
        while True:
            records = self._client.read(
                model, "search_read",
                domain=[*source.domain, *changed, ["id", ">", place.last_id]],
                fields=list(source.fields), order="id", limit=source.page_size, load=None,
                context=ARCHIVED_TOO,
            )  # fmt: skip
            if len(records) < source.page_size:
                yield records, place.ended()
                return
            place = place.at(records[-1]["id"])
            yield records, place

    def _newest(self, model: str, source: StreamSource) -> str:
        newest = self._client.read(
            model, "search_read", domain=list(source.domain), fields=["write_date"],
            order="write_date desc", limit=1, load=None, context=ARCHIVED_TOO,
        )  # fmt: skip
        return str(newest[0]["write_date"]) if newest else ""

    def _visible(self, source: StreamSource) -> bool:
        found = self._client.read(
            source.model, "fields_get", allfields=list(source.fields), attributes=["type"]
        )
        return all(field in found for field in source.fields)

    def _arrival(self, record: Record) -> Arrival:
        currency = self._reference_data.currency(record["currency_id"])
        body: dict[str, Any] = {
            "id": record["id"],
            "name": record["name"],
            "state": record["state"],
            "client_order_ref": record["client_order_ref"] or "",
            "amount_total": f"{record['amount_total']:.{currency.decimal_places}f}",
            "currency": currency.code,
            "write_date": record["write_date"],
        }
        return Arrival(SWEPT_ORDER, {}, json.dumps(body, ensure_ascii=False).encode())


def _place(cursor: str | None) -> SweepCursor:
    if cursor is None:
        return SweepCursor()
    try:
        return SweepCursor.parse(cursor)
    except ValueError as error:
        raise Rejected(
            f"{cursor!r} is no cursor of an Odoo stream",
            field="cursor",
            remedy="`crossdock connections resweep` sets it back: it is read from the beginning",
            code="cursor",
        ) from error


def _no_row(record: Record, _: ReferenceData) -> Any:
    raise NotImplementedError(f"orders are messages, not rows: {record['id']}")
