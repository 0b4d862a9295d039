"""The stream `stock`: absolute figures of every warehouse and SKU that may have changed.

**What may have changed.** Products with a quant or a move (open, done or cancelled) written since
the cursor, less the overlap, or that were written themselves (their code or unit). Odoo deletes
empty quants, which leaves no trace in stock.quant, but the move that emptied one is done later
than any reading before it: the product is found by its moves, and its warehouse by their ends. As
neither sees what moves no write_date, all products are read again every twelve hours.

**Cost.** For 1,000 SKUs of a first or whole reading 12 to 16 calls (six for each page of 500: the
products, others with their codes, sums of quants, sums of moves, open moves, sale lines' external
ids; two more where the page names new locations), and seven for the whole run. More than 2,000
open moves of one page come in further calls. 100,000 SKUs are 200 pages; only one page is in
memory. A run that was broken off goes on at the product where it stopped. A sweep that finds
nothing changed makes four calls; Odoo has no index of stock.move by write_date, so that each looks
through the whole table (give it one where moves are counted in tens of millions).

**Which reading is new.** Its key is the newest write_date of its records and a digest of its
figures; so an unchanged figure is a duplicate, and a number that comes back (10, 8, 10) is not. A
figure read within a minute of its last change is said once more when it has settled: a change
that fell between the beginning of a reading and its end would otherwise be believed to come after
it, as `read_at` is when reading began.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import structlog

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.manifest import OVERLAP
from crossdock.connectors.odoo.mapping.stock_level import doubtful_body, level_body
from crossdock.connectors.odoo.stock_cursor import StockCursor
from crossdock.connectors.odoo.stock_reader import ARCHIVED_TOO, Row, StockReader
from crossdock.connectors.odoo.webhooks import SWEPT_STOCK
from crossdock.ports.errors import Rejected
from crossdock.ports.message import Arrival
from crossdock.ports.sweep import SweepPage

PAGE = 500
"""Products a page."""
COUNTED: Sequence[Any] = ["is_storable", "=", True]
"""Goods whose stock Odoo keeps."""
WATCHED = ("write_date", "stock_quant_ids.write_date", "stock_move_ids.write_date")
log = structlog.get_logger(__name__)


class StockSweep:
    """The stream of one database; empty unless the setting `stock` is on."""

    def __init__(self, client: OdooClient, *, switched_on: bool) -> None:
        self._client = client
        self._switched_on = switched_on

    def sweep(self, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """Raises Rejected for a cursor that is none, or warehouses that share a code."""
        at = _parsed(cursor)
        if not self._switched_on:
            yield SweepPage(cursor or str(at), last=True)
            return
        if not at.place.running:
            at = at.began(self._newest(), now)
        reader = StockReader(self._client)
        doubtful: set[str] = set()
        while True:
            products = self._products(at)
            arrivals = tuple(_arrivals(reader, products, doubtful, now))
            last = len(products) < PAGE
            at = at.ended() if last else at.at(products[-1]["id"])
            yield SweepPage(str(at), arrivals=arrivals, last=last)
            if last:
                return

    def _products(self, at: StockCursor) -> list[Row]:
        since = None if at.whole else at.place.read_from(OVERLAP)
        changed = ["|", "|", *([name, ">=", since] for name in WATCHED)] if since else []
        found: list[Row] = self._client.read(
            "product.product", "search_read",
            domain=[COUNTED, ["id", ">", at.place.last_id], *changed],
            fields=["default_code", "uom_id", "active"], order="id", limit=PAGE, load=None,
            context=ARCHIVED_TOO,
        )  # fmt: skip
        return found

    def _newest(self) -> str:
        """A write_date that is reached already; of the moves only the youngest is asked, by its
        id, as they are many and have no index by write_date."""
        found = [
            self._client.read(
                model, "search_read", domain=[], fields=["write_date"], order=order, limit=1,
                load=None, context=ARCHIVED_TOO,
            )
            for model, order in (
                ("product.product", "write_date desc"), ("stock.quant", "write_date desc"),
                ("stock.move", "id desc"),
            )
        ]  # fmt: skip
        return max((str(rows[0]["write_date"]) for rows in found if rows), default="")


def _arrivals(
    reader: StockReader, products: Sequence[Row], doubtful: set[str], now: datetime
) -> Iterator[Arrival]:
    """The levels of the products that can be told apart; each doubtful code once."""
    named = {row["id"]: str(row["default_code"] or "").strip() for row in products}
    same = reader.products_by_code(row["default_code"] for row in products)
    chosen: dict[int, Row] = {}
    for row in products:
        code = named[row["id"]]
        bearers = _bearers(same.get(code, ())) if code else []
        if len(bearers) > 1 and code not in doubtful:
            doubtful.add(code)
            yield _swept(doubtful_body(code, bearers, now))
        elif bearers == [row["id"]]:
            chosen[row["id"]] = row
    _tell_left_out(named)
    for (product, warehouse), found in sorted(reader.figures(list(chosen)).items()):
        unit = reader.unit_name(chosen[product]["uom_id"])
        yield _swept(level_body(found, reader.warehouses[warehouse], named[product], unit, now))


def _bearers(same: Sequence[Row]) -> list[int]:
    """The products a code stands for: an archived one only where no other bears its code."""
    return [row["id"] for row in same if row["active"]] or [row["id"] for row in same]


def _tell_left_out(named: dict[int, str]) -> None:
    nameless = [product for product, code in named.items() if not code]
    if nameless:
        log.info("odoo.stock.without_sku", count=len(nameless), products=nameless[:20])


def _swept(body: bytes) -> Arrival:
    return Arrival(SWEPT_STOCK, {}, body)


def _parsed(cursor: str | None) -> StockCursor:
    if cursor is None:
        return StockCursor()
    try:
        return StockCursor.parse(cursor)
    except ValueError as error:
        raise Rejected(
            f"{cursor!r} is no cursor of the stream stock",
            field="cursor",
            remedy="`crossdock connections resweep` sets it back: it is read from the beginning",
            code="cursor",
        ) from error
