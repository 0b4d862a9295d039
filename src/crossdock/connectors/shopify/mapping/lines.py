"""Order lines, and the lines that are no goods but tips."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from crossdock.connectors.shopify.mapping.amounts import ShopCurrency
from crossdock.connectors.shopify.mapping.reading import Reader, shown, unreadable
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import Charge, ChargeKind, OrderLine

UNIT = "EA"
"""Shopify counts pieces; the connection's default unit is applied where the product has another."""


@dataclass(frozen=True, slots=True)
class RemainingLine:
    """A line item and how much of it still stands."""

    item: Reader
    ordered: int
    remaining: int

    @property
    def line_id(self) -> str:
        line_id = self.item.identifier("id")
        if not line_id:
            unreadable(self.item.at("id"), "is missing")
        return line_id


def remaining_lines(order: Reader, *, as_ordered: bool) -> Iterator[RemainingLine]:
    """Lines with something left; every line in its first quantity when `as_ordered`."""
    for item in order.items("line_items"):
        ordered = item.quantity("quantity")
        remaining = ordered
        if not as_ordered and item.has("current_quantity"):
            remaining = item.quantity("current_quantity")
        if remaining > ordered:
            unreadable(item.at("current_quantity"), f"is more than was ordered ({ordered})")
        if remaining:
            yield RemainingLine(item, ordered, remaining)


def is_tip(line: RemainingLine, tips_total: Decimal, shop: ShopCurrency) -> bool:
    """Whether the line is a tip given at checkout or at the till.

    Webhooks mark tips with `tip_payment_gateway`; GraphQL does not, so there a line without
    product and delivery is a tip when it is called so or is the whole `total_tip_received`.
    """
    item = line.item
    if "tip_payment_gateway" in item.fields:
        return True
    has_product = item.has("product_id") or item.has("variant_id") or item.text("sku")
    if has_product or item.flag("gift_card") or item.flag("requires_shipping") or not tips_total:
        return False
    is_whole = shop.required(item, "price") * line.ordered == tips_total
    return is_whole or item.text("name", 1024).casefold() == "tip"


def to_order_line(line: RemainingLine, shop: ShopCurrency) -> OrderLine:
    """Raises Unreadable naming the field (`line_items[2].price`)."""
    item = line.item
    return OrderLine(
        line_id=line.line_id,
        product=_product(item),
        quantity=Quantity(amount=Decimal(line.remaining), unit=UNIT),
        unit_price=_unit_price(item, shop),
        allowance=_allowance(line, shop),
        taxes=shop.taxes(item, line.remaining, line.ordered),
    )


def to_tip(line: RemainingLine, shop: ShopCurrency) -> Charge:
    """Raises Unreadable naming the field."""
    return Charge(
        charge_id=f"tip:{line.line_id}",
        kind=ChargeKind.TIP,
        title=line.item.text("name"),
        amount=_unit_price(line.item, shop) * line.remaining,
        allowance=_allowance(line, shop),
        taxes=shop.taxes(line.item, line.remaining, line.ordered),
    )


def _unit_price(item: Reader, shop: ShopCurrency) -> Decimal:
    price = shop.required(item, "price")
    if price < 0:
        unreadable(item.at("price"), f"is negative: {shown(price)}")
    return price


def _allowance(line: RemainingLine, shop: ShopCurrency) -> Decimal:
    discount = shop.discounts(line.item)
    if discount < 0:
        unreadable(line.item.at("discount_allocations"), f"add up to less than 0: {discount}")
    return shop.share(discount, line.remaining, line.ordered)


def _product(item: Reader) -> ProductReference:
    found = (
        (IdentifierScheme.SELLER_SKU, item.text("sku")),
        (IdentifierScheme.CHANNEL_VARIANT_ID, item.identifier("variant_id")),
        (IdentifierScheme.CHANNEL_PRODUCT_ID, item.identifier("product_id")),
    )
    return ProductReference(
        identifiers=tuple(Identifier(scheme=scheme, value=code) for scheme, code in found if code),
        description=item.text("name", 1024) or item.text("title", 1024),
    )
