"""GraphQL order nodes in the spelling of the REST webhooks, so that one mapping reads both.

Only names and nesting change here; a value of the wrong type is passed on as it is, for the
mapping to refuse. Source: Admin API schema 2026-07, types Order, LineItem, ShippingLine.
"""

from typing import Any

from crossdock.connectors.shopify.mapping.reading import Reader, shown, unreadable

Json = dict[str, Any]


def order_from_node(node: object) -> Json:
    """The REST spelling of an order node as `orders.graphql` selects it."""
    order = Reader(node)
    fields = order.fields
    return {
        "id": _decimal_id(order, "legacyResourceId"),
        "name": fields.get("name"),
        "created_at": fields.get("createdAt"),
        "processed_at": fields.get("processedAt"),
        "updated_at": fields.get("updatedAt"),
        "cancelled_at": fields.get("cancelledAt"),
        "cancel_reason": fields.get("cancelReason"),
        "currency": fields.get("currencyCode"),
        "taxes_included": fields.get("taxesIncluded"),
        "duties_included": fields.get("dutiesIncluded"),
        "test": fields.get("test"),
        "note": fields.get("note"),
        "po_number": fields.get("poNumber"),
        "email": fields.get("email"),
        "phone": fields.get("phone"),
        "customer": _customer(order.object("customer")),
        "billing_address": _address(order.object("billingAddress")),
        "shipping_address": _address(order.object("shippingAddress")),
        "total_price_set": _money_set(order, "totalPriceSet"),
        "current_total_price_set": _money_set(order, "currentTotalPriceSet"),
        "current_total_duties_set": _money_set(order, "currentTotalDutiesSet"),
        "current_total_additional_fees_set": _money_set(order, "currentTotalAdditionalFeesSet"),
        "original_total_duties_set": _money_set(order, "originalTotalDutiesSet"),
        "original_total_additional_fees_set": _money_set(order, "originalTotalAdditionalFeesSet"),
        "total_tip_received_set": _money_set(order, "totalTipReceivedSet"),
        "total_cash_rounding_payment_adjustment_set": _cash_rounding(order),
        "more_shipping_lines": _has_more(order, "shippingLines"),
        "line_items": [_line(line) for line in _nodes(order, "lineItems")],
        "shipping_lines": [_shipping(line) for line in _nodes(order, "shippingLines")],
    }


def _nodes(holder: Reader, name: str) -> list[Reader]:
    connection = holder.object(name)
    return list(connection.items("nodes")) if connection else []


def _has_more(holder: Reader, name: str) -> object:
    connection = holder.object(name)
    page = connection.object("pageInfo") if connection else None
    return page.fields.get("hasNextPage") if page else None


def _decimal_id(holder: Reader, name: str) -> object:
    value = holder.fields.get(name)
    return int(value) if isinstance(value, str) and _is_id_text(value) else value


def _is_id_text(value: str) -> bool:
    return 0 < len(value) <= 20 and value.isascii() and value.isdigit()


def _gid(holder: Reader | None, name: str = "id") -> int | None:
    """The number of a global id: 7 of gid://shopify/LineItem/7 (and of …/7?key=value)."""
    gid = holder.fields.get(name) if holder else None
    if holder is None or gid is None:
        return None
    number = gid.rpartition("/")[2].partition("?")[0] if isinstance(gid, str) else ""
    if not _is_id_text(number):
        unreadable(holder.at(name), f"is not a global id but {shown(gid)}")
    return int(number)


def _money_set(holder: Reader, name: str) -> Json | None:
    bag = holder.object(name)
    if bag is None:
        return None
    money = bag.object("shopMoney")
    if money is None:
        unreadable(bag.at("shopMoney"), "is missing")
    currency = money.fields.get("currencyCode")
    return {"shop_money": {"amount": money.fields.get("amount"), "currency_code": currency}}


def _cash_rounding(order: Reader) -> Json | None:
    adjustment = order.object("totalCashRoundingAdjustment")
    return _money_set(adjustment, "paymentSet") if adjustment else None


def _customer(customer: Reader | None) -> Json | None:
    if customer is None:
        return None
    email = customer.object("defaultEmailAddress")
    phone = customer.object("defaultPhoneNumber")
    return {
        "id": _gid(customer),
        "first_name": customer.fields.get("firstName"),
        "last_name": customer.fields.get("lastName"),
        "email": email.fields.get("emailAddress") if email else None,
        "phone": phone.fields.get("phoneNumber") if phone else None,
    }


def _address(address: Reader | None) -> Json | None:
    if address is None:
        return None
    same = ("name", "company", "address1", "address2", "city", "zip", "phone")
    return {name: address.fields.get(name) for name in same} | {
        "province_code": address.fields.get("provinceCode"),
        "country_code": address.fields.get("countryCodeV2"),
    }


def _taxes(holder: Reader) -> list[Json]:
    return [
        {
            "title": line.fields.get("title"),
            "rate": line.fields.get("rate"),
            "price_set": _money_set(line, "priceSet"),
        }
        for line in holder.items("taxLines")
    ]


def _discounts(holder: Reader) -> list[Json]:
    return [
        {"amount_set": _money_set(line, "allocatedAmountSet")}
        for line in holder.items("discountAllocations")
    ]


def _duties(line: Reader) -> list[Json]:
    return [{"tax_lines": _taxes(duty)} for duty in line.items("duties")]


def _line(line: Reader) -> Json:
    return {
        "id": _gid(line),
        "name": line.fields.get("name"),
        "sku": line.fields.get("sku"),
        "product_id": _gid(line.object("product")),
        "variant_id": _gid(line.object("variant")),
        "gift_card": line.fields.get("isGiftCard"),
        "requires_shipping": line.fields.get("requiresShipping"),
        "quantity": line.fields.get("quantity"),
        "current_quantity": line.fields.get("currentQuantity"),
        "price_set": _money_set(line, "originalUnitPriceSet"),
        "tax_lines": _taxes(line),
        "discount_allocations": _discounts(line),
        "duties": _duties(line),
    }


def _shipping(line: Reader) -> Json:
    return {
        "id": _gid(line),
        "title": line.fields.get("title"),
        "is_removed": line.fields.get("isRemoved"),
        "price_set": _money_set(line, "originalPriceSet"),
        "current_discounted_price_set": _money_set(line, "currentDiscountedPriceSet"),
        "tax_lines": _taxes(line),
        "discount_allocations": _discounts(line),
    }
