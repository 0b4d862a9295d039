"""Reads from Odoo what some products have in every warehouse, as absolute figures.

One reader serves one sweep: warehouses, units and locations are read once and kept for it.
Quants and past moves are read as sums by location, so that a product of ten thousand serial
numbers takes no more room than one without.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import external_ids
from crossdock.connectors.odoo.listing import OURS
from crossdock.connectors.odoo.mapping.stock_figures import (
    MOVE_FIELDS,
    OPEN,
    PURCHASE_LINE,
    Figures,
    Pair,
    StockFigures,
)
from crossdock.connectors.odoo.mapping.stock_places import (
    HOLDING,
    LOCATION_FIELDS,
    WAREHOUSE_FIELDS,
    Place,
    Warehouse,
    to_place,
    to_warehouses,
)
from crossdock.ports.errors import Rejected

MOVES_PAGE = 2000
ARCHIVED_TOO = {"active_test": False}
QUANT_SUMS = ("quantity:sum", "reserved_quantity:sum", "write_date:max")
ENDS = ("location_id", "location_dest_id")
Row = Mapping[str, Any]


class StockReader:
    """Reads stock of one database, for one sweep."""

    def __init__(self, client: OdooClient) -> None:
        self._client = client
        self._warehouses: dict[int, Warehouse] | None = None
        self._units: dict[int, str] = {}
        self._places: dict[int, Place] = {}
        self._move_fields: tuple[str, ...] = ()

    @property
    def warehouses(self) -> Mapping[int, Warehouse]:
        """By id. Raises Rejected when two have one code."""
        if self._warehouses is None:
            self._warehouses = self._read_warehouses()
        return self._warehouses

    def unit_name(self, unit_id: int) -> str:
        """As Odoo calls it: `Units`."""
        if unit_id not in self._units:
            rows = self._rows("uom.uom", [], ["name"], context=ARCHIVED_TOO)
            self._units = {row["id"]: row["name"] for row in rows}
        return self._units[unit_id]

    def products_by_code(self, codes: Iterable[Any]) -> dict[str, list[Row]]:
        """All products with these codes, archived ones too; blanks around a code do not count."""
        asked = {form for code in codes if code for form in (code, code.strip())} - {""}
        if not asked:
            return {}
        found: dict[str, list[Row]] = {}
        domain = [["default_code", "in", sorted(asked)]]
        for row in self._rows(
            "product.product", domain, ["default_code", "active"], context=ARCHIVED_TOO
        ):
            found.setdefault(row["default_code"].strip(), []).append(row)
        return found

    def figures(self, product_ids: Sequence[int]) -> dict[Pair, Figures]:
        """Of every warehouse in which one of the products ever was."""
        if not product_ids:
            return {}
        of_products = ["product_id", "in", list(product_ids)]
        quants = self._sums(
            "stock.quant", [of_products, ["location_id.usage", "in", list(HOLDING)]],
            ["product_id", "location_id"], QUANT_SUMS,
        )  # fmt: skip
        history = self._sums("stock.move", [of_products], ["product_id", *ENDS], ["write_date:max"])
        ends = (group[name] for group in history for name in ENDS)
        self._add_places(place for place, _ in (*ends, *(g["location_id"] for g in quants)))
        found = StockFigures(self._places)
        found.add_quants(quants)
        found.add_history(history)
        for moves in self._open_moves(of_products):
            self._add_places(move[name] or 0 for move in moves for name in _ENDS_OF_MOVE)
            found.add_moves(moves, self._ours(moves))
        return dict(found.by_pair)

    def _open_moves(self, of_products: Sequence[Any]) -> Iterator[list[Row]]:
        domain = [of_products, ["state", "in", list(OPEN)]]
        last = 0
        while True:
            beyond = [*domain, ["id", ">", last]]
            moves = self._rows("stock.move", beyond, self._fields_of_moves(), limit=MOVES_PAGE)
            yield moves
            if len(moves) < MOVES_PAGE:
                return
            last = moves[-1]["id"]

    def _fields_of_moves(self) -> tuple[str, ...]:
        """Without Odoo's Purchase moves name no purchase line."""
        if not self._move_fields:
            known = self._client.read(
                "stock.move", "fields_get", allfields=[PURCHASE_LINE], attributes=["type"]
            )
            self._move_fields = (*MOVE_FIELDS, *known)
        return self._move_fields

    def _ours(self, moves: Iterable[Row]) -> set[int]:
        """Sale lines that bear an external id of ours."""
        lines = sorted({move["sale_line_id"] for move in moves if move["sale_line_id"]})
        names = external_ids(self._client, "sale.order.line", lines)
        return {line for line, name in names.items() if OURS.match(name)}

    def _add_places(self, locations: Iterable[int]) -> None:
        unknown = sorted(set(locations) - self._places.keys() - {0})
        if not unknown:
            return
        domain = [["id", "in", unknown]]
        for row in self._rows("stock.location", domain, LOCATION_FIELDS, context=ARCHIVED_TOO):
            self._places[row["id"]] = to_place(row, self.warehouses)

    def _read_warehouses(self) -> dict[int, Warehouse]:
        rows = self._rows("stock.warehouse", [], WAREHOUSE_FIELDS)
        partners = sorted({row["partner_id"] for row in rows if row["partner_id"]})
        zones = self._rows(
            "res.partner", [["id", "in", partners]], ["tz"], context=ARCHIVED_TOO
        ) if partners else []  # fmt: skip
        found = to_warehouses(rows, {row["id"]: row["tz"] or "" for row in zones})
        codes = [warehouse.code for warehouse in found.values()]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise Rejected(
                f"several warehouses have the code {twice[0]!r}",
                field="company_id",
                remedy="set company_id where companies share a code, or rename a warehouse in Odoo",
                code="warehouse_code",
            )
        return found

    def _sums(
        self, model: str, domain: Sequence[Any], by: Sequence[str], sums: Sequence[str]
    ) -> list[Row]:
        found: list[Row] = self._client.read(
            model, "formatted_read_group", domain=list(domain), groupby=list(by),
            aggregates=list(sums),
        )  # fmt: skip
        return found

    def _rows(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], **more: Any
    ) -> list[Row]:
        found: list[Row] = self._client.read(
            model, "search_read", domain=list(domain), fields=list(fields), load=None, order="id",
            **more,
        )  # fmt: skip
        return found


_ENDS_OF_MOVE = (*ENDS, "location_final_id")
