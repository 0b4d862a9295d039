"""GraphQL nodes of orders, as dictionaries that graphql-core resolves fields from."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock.connectors.shopify.twin.fulfilment_shape import fulfilment_fields
from crossdock.connectors.shopify.twin.order_state import (
    AddressState,
    LineState,
    OrderState,
    ShippingState,
    TaxState,
)
from crossdock.connectors.shopify.twin.page import connection, gid
from crossdock.connectors.shopify.twin.totals import Totals, current, ordered

Json = dict[str, Any]


def order_node(order: OrderState) -> Json:
    """One order; connections are functions of their arguments."""

    def money(amount: Decimal) -> Json:
        shop = {"amount": amount_text(amount), "currencyCode": order.currency}
        return {"shopMoney": shop, "presentmentMoney": shop}

    def total(stage: Callable[[OrderState], Totals], name: str, *, nullable: bool = False) -> Any:
        def resolve(_: object) -> Json | None:
            amount = getattr(stage(order), name)
            return money(amount) if amount or not nullable else None

        return resolve

    def shipping_lines(_: object, *, includeRemovals: bool, **page: Any) -> Json:  # noqa: N803 - the vendor's spelling
        lines = [line for line in order.shipping if includeRemovals or not line.removed]
        return connection([_shipping(line, money) for line in lines], **page)

    return fulfilment_fields(order) | {
        "__typename": "Order",
        "id": gid("Order", order.order_id),
        "legacyResourceId": str(order.order_id),
        "name": order.name,
        "createdAt": utc(order.created_at),
        "processedAt": utc(order.created_at),
        "updatedAt": utc(order.updated_at),
        "cancelledAt": utc(order.cancelled_at),
        "cancelReason": order.cancel_reason.upper() if order.cancel_reason else None,
        "currencyCode": order.currency,
        "taxesIncluded": order.taxes_included,
        "dutiesIncluded": False,
        "test": order.test,
        "note": order.note,
        "poNumber": order.po_number,
        "email": order.email,
        "phone": order.phone,
        "tags": list(order.tags),
        "customer": _customer(order),
        "billingAddress": _address(order.billing),
        "shippingAddress": _address(order.ship_to),
        "totalPriceSet": total(ordered, "total"),
        "currentTotalPriceSet": total(current, "total"),
        "currentTotalDutiesSet": total(current, "duties", nullable=True),
        "currentTotalAdditionalFeesSet": money(order.fees) if order.fees else None,
        "originalTotalDutiesSet": total(ordered, "duties", nullable=True),
        "originalTotalAdditionalFeesSet": money(order.fees) if order.fees else None,
        "totalTipReceivedSet": total(ordered, "tips"),
        "totalCashRoundingAdjustment": {"paymentSet": money(order.cash_rounding)},
        "lineItems": lambda _, **page: connection(
            order.lines, render=lambda line: _line(line, money), **page
        ),
        "shippingLines": shipping_lines,
        "metafield": lambda _, key, namespace=None: order.metafields.get((namespace, key)),
    }


def utc(instant: datetime | None) -> str | None:
    """`2026-11-21T08:00:00Z`"""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def amount_text(amount: Decimal) -> str:
    """As GraphQL writes amounts: at least one decimal, no more than needed (`199.0`)."""
    text = f"{amount.normalize():f}"
    return text if "." in text else f"{text}.0"


def _customer(order: OrderState) -> Json | None:
    customer = order.customer
    if customer is None:
        return None
    email = {"emailAddress": customer.email} if customer.email else None
    phone = {"phoneNumber": customer.phone} if customer.phone else None
    return {
        "id": gid("Customer", customer.customer_id),
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "defaultEmailAddress": email,
        "defaultPhoneNumber": phone,
    }


def _address(address: AddressState | None) -> Json | None:
    if address is None:
        return None
    return {
        "name": address.name,
        "company": address.company,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "zip": address.zip,
        "provinceCode": address.province_code,
        "countryCodeV2": address.country_code,
        "phone": address.phone,
    }


def _tax(tax: TaxState, money: Callable[[Decimal], Json]) -> Json:
    return {"title": tax.title, "rate": tax.rate, "priceSet": money(tax.amount)}


def _discounts(amount: Decimal, money: Callable[[Decimal], Json]) -> list[Json]:
    return [{"allocatedAmountSet": money(amount)}] if amount else []


def _line(line: LineState, money: Callable[[Decimal], Json]) -> Json:
    duties = [{"taxLines": [_tax(tax, money) for tax in line.duty_taxes]}] if line.duty else []
    return {
        "id": gid("LineItem", line.line_id),
        "name": line.name,
        "sku": line.sku or None,
        "quantity": line.quantity,
        "currentQuantity": line.current_quantity,
        "isGiftCard": line.gift_card,
        "requiresShipping": line.requires_shipping,
        "product": {"id": gid("Product", line.product_id)} if line.product_id else None,
        "variant": {"id": gid("ProductVariant", line.variant_id)} if line.variant_id else None,
        "originalUnitPriceSet": money(line.price),
        "discountAllocations": _discounts(line.discount, money),
        "taxLines": [_tax(tax, money) for tax in line.taxes],
        "duties": duties,
    }


def _shipping(line: ShippingState, money: Callable[[Decimal], Json]) -> Json:
    return {
        "id": gid("ShippingLine", line.line_id),
        "title": line.title,
        "isRemoved": line.removed,
        "originalPriceSet": money(line.price),
        "currentDiscountedPriceSet": money(line.current),
        "discountAllocations": _discounts(line.discount, money),
        "taxLines": [_tax(tax, money) for tax in line.taxes],
    }
