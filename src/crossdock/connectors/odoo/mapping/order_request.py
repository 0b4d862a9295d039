"""The bytes of a draft order: rows for Odoo's `load`, and what they promise to create."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ID = "id"
PARTNER, SHIP_TO, BILL_TO = "partner_id", "partner_shipping_id", "partner_invoice_id"
CLIENT_ORDER_REF, ORIGIN, DATE_ORDER = "client_order_ref", "origin", "date_order"
LINE_ID = "order_line/id"
LINE_SEQUENCE = "order_line/sequence"
LINE_PRODUCT = "order_line/product_id/.id"
LINE_QUANTITY = "order_line/product_uom_qty"
LINE_UNIT = "order_line/product_uom_id/.id"
LINE_PRICE = "order_line/price_unit"
LINE_PRICE_PIN = "order_line/technical_price_unit"
"""One that differs keeps a given price when the quantity is changed later (measured on 19.0)."""
LINE_DISCOUNT = "order_line/discount"
LINE_TAXES = "order_line/tax_ids/.id"
"""Comma-separated; an empty cell means no tax, a missing column Odoo's default taxes."""
LINE_FIELDS = (
    LINE_ID, LINE_SEQUENCE, LINE_PRODUCT, LINE_QUANTITY, LINE_UNIT, LINE_PRICE, LINE_PRICE_PIN,
    LINE_DISCOUNT, LINE_TAXES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IntendedLine:
    """A line as the request creates it. `unit_id` None: the product's own unit."""

    external_id: str
    product_id: int
    quantity: Decimal
    unit_id: int | None
    price: Decimal
    discount: Decimal
    tax_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """Rows of one record for `load`: the first carries it, the rest only lines."""

    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def from_bytes(cls, request: bytes) -> "LoadRequest":
        value = json.loads(request)
        return cls(tuple(value["fields"]), tuple(tuple(row) for row in value["rows"]))

    def to_bytes(self) -> bytes:
        value = {"fields": self.fields, "rows": self.rows}
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def external_id(self) -> str:
        return self.cell(ID)

    def cell(self, field: str, row: int = 0) -> str:
        """A cell's text; empty when the request has no such column."""
        return self.rows[row][self.fields.index(field)] if field in self.fields else ""

    def column(self, field: str) -> list[str]:
        """All cells of a column."""
        at = self.fields.index(field)
        return [row[at] for row in self.rows]

    def renamed(self, field: str, name: str) -> "LoadRequest":
        """The request with another name for one column."""
        return LoadRequest(tuple(name if f == field else f for f in self.fields), self.rows)

    def replaced(self, field: str, values: Sequence[str]) -> "LoadRequest":
        """The request with one column's cells exchanged."""
        at = self.fields.index(field)
        rows = (
            (*row[:at], value, *row[at + 1 :]) for row, value in zip(self.rows, values, strict=True)
        )
        return LoadRequest(self.fields, tuple(rows))

    def lines(self) -> list[IntendedLine]:
        """The order lines that the rows create."""
        return [self._line(row) for row in range(len(self.rows))]

    def _line(self, row: int) -> IntendedLine:
        unit = self.cell(LINE_UNIT, row)
        return IntendedLine(
            external_id=self.cell(LINE_ID, row),
            product_id=int(self.cell(LINE_PRODUCT, row)),
            quantity=Decimal(self.cell(LINE_QUANTITY, row)),
            unit_id=int(unit) if unit else None,
            price=Decimal(self.cell(LINE_PRICE, row)),
            discount=Decimal(self.cell(LINE_DISCOUNT, row)),
            tax_ids=frozenset(int(t) for t in self.cell(LINE_TAXES, row).split(",") if t),
        )
