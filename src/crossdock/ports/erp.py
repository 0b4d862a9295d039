"""What the order process asks of an ERP: operations, what they are given and what they answer.

`create_party`          Party; resolved: external_id, type ("contact" | "delivery"),
                        parent ({"id"} | {"external_id"} | None), ref
                        → {"id", "external_id"}
`create_sales_order`    SalesOrder; resolved: `ResolvedOrder`
                        → `ErpOrder` with state "draft"
`confirm_sales_order`   OrderCommand; resolved: {}
                        → `ErpOrder` with state "sale"
`cancel_sales_order`    OrderCommand; resolved: {}
                        → `ErpOrder` with state "cancel"
`read_sales_order`      OrderCommand; resolved: {} (grade READ)
                        → `ErpOrder` as it stands now
Amounts are decimal strings.
"""

from typing import Literal, NotRequired, TypedDict

from crossdock.domain.model import CanonicalModel

CREATE_PARTY = "create_party"
CREATE_SALES_ORDER = "create_sales_order"
CONFIRM_SALES_ORDER = "confirm_sales_order"
CANCEL_SALES_ORDER = "cancel_sales_order"
READ_SALES_ORDER = "read_sales_order"
SEND_ORDER_RESPONSE = "send_order_response"
"""Asked of a sales channel: OrderResponse; resolved: {}."""
READ_ORDER = "read_order"
"""Asked of a sales channel, grade READ: OrderCommand; observation {"topic", "body"}: an arrival."""


class RecordRef(TypedDict, total=False):
    """A record by its database id, or by our external id when it is being created."""

    id: int
    external_id: str


class ResolvedLine(TypedDict):
    """An order line as the ERP's own ids."""

    line_id: str
    product_id: int
    unit_id: int
    tax_ids: list[int]


class ResolvedCharge(TypedDict):
    """A charge and the service product it is booked on."""

    charge_id: str
    product_id: int
    tax_ids: list[int]


class ResolvedOrder(TypedDict):
    """Everything a SalesOrder names, as the ERP's own ids."""

    external_id: str
    partner: RecordRef
    ship_to: RecordRef
    bill_to: RecordRef
    lines: list[ResolvedLine]
    charges: list[ResolvedCharge]
    discount_product_id: int | None
    origin: str
    currency_id: NotRequired[int]


class ErpLine(TypedDict):
    """A line as read back from the ERP; amounts in the order's currency."""

    external_id: str
    product_id: int
    quantity: str
    unit_price: str
    subtotal: str
    tax: str


class ErpOrder(TypedDict):
    """An order as read back from the ERP."""

    id: int
    name: str
    state: Literal["draft", "sent", "sale", "cancel"]
    currency: str
    amount_untaxed: str
    amount_tax: str
    amount_total: str
    lines: NotRequired[list[ErpLine]]


class OrderCommand(CanonicalModel):
    """An order that already exists on the other side, by its ids there."""

    external_id: str
    id: int | None = None
    name: str = ""


class ErpOrderSeen(CanonicalModel):
    """An order as a sweep of the ERP saw it."""

    document_type: Literal["ErpOrderSeen"] = "ErpOrderSeen"
    id: int
    name: str
    state: str
    client_order_ref: str = ""
    amount_total: str
    currency: str
    seen_version: str
    """When it was last written there, sortable."""
