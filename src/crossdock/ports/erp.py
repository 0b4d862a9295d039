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
`ship_sales_order`      Shipment; resolved: `ResolvedShipment`
                        → `ErpShipment`: exactly these quantities have left, the rest stays open
`close_sales_order`     OrderCommand; resolved: {}: nothing more will be shipped
                        → `ErpShipment` with `remaining` empty
`invoice_sales_order`   OrderCommand; resolved: {}: what was delivered and not yet invoiced
                        → `ErpInvoice`, posted
Amounts are decimal strings.
"""

from typing import Literal, NotRequired, TypedDict

from crossdock.domain.model import CanonicalModel

CREATE_PARTY = "create_party"
CREATE_SALES_ORDER = "create_sales_order"
CONFIRM_SALES_ORDER = "confirm_sales_order"
CANCEL_SALES_ORDER = "cancel_sales_order"
READ_SALES_ORDER = "read_sales_order"
SHIP_SALES_ORDER = "ship_sales_order"
CLOSE_SALES_ORDER = "close_sales_order"
INVOICE_SALES_ORDER = "invoice_sales_order"
SEND_ORDER_RESPONSE = "send_order_response"
"""Asked of a sales channel: OrderResponse; resolved: {}. The last one about a matter holds."""
SEND_SHIPMENT = "send_shipment"
"""Asked of a sales channel: Shipment; resolved: {} → {"id", "name", "status"}."""
CANCEL_REMAINDER = "cancel_remainder"
"""Asked of a sales channel: RemainderCancellation; resolved: {}. Moves no money."""
CANCEL_ORDER = "cancel_order"
"""Asked of a sales channel: Cancellation; resolved: {}: we cancel an order that is open there."""
READ_ORDER = "read_order"
"""Asked of a sales channel, grade READ: OrderCommand; observation {"topic", "body"}: an arrival.
Rejected with the code NOT_FOUND when there is no such order; any other refusal is a person's.
NotYet while what is read is older than `seen_version`."""

NOT_FOUND = "not_found"


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
    delivered: NotRequired[str]
    invoiced: NotRequired[str]


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


class ResolvedShipmentLine(TypedDict):
    """A line of a shipment as the ERP's own ids."""

    line_id: str
    """The sales order's own; the connector knows under which external id it wrote that line."""
    product_id: int
    quantity: str
    """In the sale order line's unit."""
    lots: list[tuple[str, str]]
    """(lot or serial number, quantity); empty where the product is not tracked."""


class ResolvedShipment(TypedDict):
    """Which order a Shipment belongs to, as the ERP's own ids."""

    order_external_id: str
    order_id: int | None
    lines: list[ResolvedShipmentLine]


class ErpShipment(TypedDict):
    """Deliveries of an order as read back from the ERP."""

    pickings: list[str]
    """Names of the validated deliveries that carry this shipment."""
    delivered: dict[str, str]
    """Quantity delivered in all, by the sale order line's external id."""
    remaining: dict[str, str]
    """Quantity still to be delivered; lines with nothing left are missing."""
    invoice_status: str


class ErpInvoice(TypedDict):
    """The invoice an order has got, as read back from the ERP."""

    id: int
    name: str
    state: Literal["draft", "posted", "cancel"]
    currency: str
    amount_untaxed: str
    amount_total: str
    invoiced: dict[str, str]
    """Quantity invoiced in all, by the sale order line's external id."""


class OrderCommand(CanonicalModel):
    """An order that already exists on the other side, by its ids there."""

    external_id: str
    id: int | None = None
    name: str = ""
    seen_version: str = ""
    """To be read: the version that a listing showed, as `MessageIdentity.version`."""


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
