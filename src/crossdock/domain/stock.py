"""What a place has of an item, and what is owed of it, as its system of record shows it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crossdock.domain.model import CanonicalModel
from crossdock.domain.quantity import Quantity

Name = Annotated[str, Field(min_length=1, max_length=255)]


class ExpectedReceipt(CanonicalModel):
    """Goods on their way to a location: what is still open of one line."""

    reference: Name
    """The purchase order or transfer, as people call it."""
    line: Name
    """Tells the lines of one reference apart."""
    quantity: Quantity
    expected_on: date
    """In the location's own time."""


class StockLevel(CanonicalModel):
    """One SKU at one location as the ERP shows it: replaces what was read of the pair before."""

    document_type: Literal["StockLevel"] = "StockLevel"
    location: Name
    """Code of the warehouse in the ERP (Odoo: `stock.warehouse.code`)."""
    sku: Name
    on_hand: Quantity
    """Physically there and sellable, whether reserved or not. May be below zero."""
    unsellable: dict[str, Decimal] = Field(default_factory=dict)
    """There, not sold: by state (`quarantine`, `damaged`, `in_transit`), in `on_hand`'s unit."""
    foreign_demand: Decimal = Decimal(0)
    """Still to leave for reasons that did not come through us: orders keyed in by people, transfers
    to other warehouses, manufacturing. In the unit of `on_hand`."""
    reserved: Decimal = Decimal(0)
    """What the ERP itself says is reserved of it; more than `on_hand` is a fault to be told."""
    receipts: tuple[ExpectedReceipt, ...] = ()
    read_at: AwareDatetime
    """The instant of which it is true: when reading began."""
