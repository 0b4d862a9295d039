"""Webhook bodies: an order in the REST Admin API's spelling (version 2026-07).

Field names and their order follow the vendor's published examples; the values are the twin's.
"""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from crossdock.connectors.shopify.twin.order_state import (
    AddressState,
    LineState,
    OrderState,
    ShippingState,
    TaxState,
)
from crossdock.connectors.shopify.twin.rest_fulfilment import line_fulfilment, order_fulfilment
from crossdock.connectors.shopify.twin.totals import current, ordered

SHOP_TIME = timezone(timedelta(hours=-5))
"""Webhooks carry the shop's local time with its offset; GraphQL carries UTC."""
Json = dict[str, Any]


def order_body(order: OrderState, *, compact: bool = False) -> Json:
    """The body of orders/create, orders/updated and orders/cancelled.

    `compact` leaves out what this connector does not read, and sets that repeat a plain amount
    (about a fifth of the size).
    """
    money = _Money(order, compact=compact)
    now, then = current(order), ordered(order)
    core: Json = {
        "id": order.order_id,
        "admin_graphql_api_id": f"gid://shopify/Order/{order.order_id}",
        "cancel_reason": order.cancel_reason,
        "cancelled_at": local(order.cancelled_at),
        "created_at": local(order.created_at),
        "currency": order.currency,
        "current_total_additional_fees_set": money.set_or_none(order.fees),
        "current_total_duties_set": money.set_or_none(now.duties),
        **money.both("current_total_price", now.total),
        "duties_included": False,
        "email": order.email,
        "name": order.name,
        "original_total_additional_fees_set": money.set_or_none(order.fees),
        "original_total_duties_set": money.set_or_none(then.duties),
        "note": order.note,
        "phone": order.phone,
        "po_number": order.po_number,
        "presentment_currency": order.currency,
        "processed_at": local(order.created_at),
        "taxes_included": order.taxes_included,
        "test": order.test,
        "total_cash_rounding_payment_adjustment_set": money.set(order.cash_rounding),
        **money.both("total_price", then.total),
        "total_tip_received": money.text(then.tips),
        "updated_at": local(order.updated_at),
    }
    if not compact:
        core |= _rest_of_order(order, money)
    return core | {
        "billing_address": _address(order.billing),
        "customer": _customer(order, compact=compact),
        "line_items": [_line(order, line, money, compact=compact) for line in order.lines],
        "shipping_address": _address(order.ship_to),
        "shipping_lines": [_shipping(line, money, compact=compact) for line in order.shipping],
    }


def local(instant: datetime | None) -> str | None:
    """`2026-11-21T03:00:00-05:00`"""
    return instant.astimezone(SHOP_TIME).isoformat() if instant else None


class _Money:
    """Amounts as the REST API writes them: text with the currency's decimals."""

    def __init__(self, order: OrderState, *, compact: bool) -> None:
        self._order = order
        self._compact = compact

    def text(self, amount: Decimal) -> str:
        return f"{amount:.{self._order.decimals}f}"

    def set(self, amount: Decimal) -> Json:
        money = {"amount": self.text(amount), "currency_code": self._order.currency}
        return {"shop_money": money} | ({} if self._compact else {"presentment_money": money})

    def both(self, name: str, amount: Decimal) -> Json:
        """`<name>` and, unless compact, `<name>_set`."""
        sets = {} if self._compact else {f"{name}_set": self.set(amount)}
        return {name: self.text(amount), **sets}

    def set_or_none(self, amount: Decimal) -> Json | None:
        return self.set(amount) if amount else None


def _rest_of_order(order: OrderState, money: _Money) -> Json:
    now, then = current(order), ordered(order)
    sets = {
        "current_shipping_price": now.shipping,
        "current_subtotal_price": now.subtotal,
        "current_total_discounts": now.discounts,
        "current_total_tax": now.tax,
        "subtotal_price": then.subtotal,
        "total_discounts": then.discounts,
        "total_line_items_price": then.line_items,
        "total_tax": then.tax,
    }
    amounts = {name: money.text(amount) for name, amount in sets.items()}
    amount_sets = {f"{name}_set": money.set(amount) for name, amount in sets.items()}
    shipping_total = {"total_shipping_price_set": money.set(then.shipping)}
    return amounts | amount_sets | shipping_total | _CONSTANT | order_fulfilment(order, local) | {
        "checkout_token": f"{order.order_id:032x}",
        "confirmation_number": f"XT{order.number}",
        "contact_email": order.email,
        "discount_codes": _discount_codes(order, money),
        "financial_status": "refunded" if order.cancelled_at else "paid",
        "note_attributes": [],
        "number": order.number - 1000,
        "order_number": order.number,
        "order_status_url": f"https://twin.example/orders/{order.order_id:x}/authenticate",
        "payment_gateway_names": ["bogus"],
        "tags": ", ".join(order.tags),
        "tax_lines": [_tax(tax, money) for line in order.lines for tax in line.taxes],
        "token": f"{order.order_id:032x}",
        "total_outstanding": "0.00",
        "total_weight": sum(line.grams * line.quantity for line in order.lines),
        "discount_applications": _discount_applications(order),
    }  # fmt: skip


_CONSTANT: Json = {
    "app_id": 580111,
    "browser_ip": "192.0.2.7",
    "buyer_accepts_marketing": False,
    "cart_token": None,
    "checkout_id": None,
    "client_details": {
        "accept_language": "en", "browser_height": None, "browser_ip": "192.0.2.7",
        "browser_width": None, "session_hash": None, "user_agent": "Mozilla/5.0",
    },
    "closed_at": None,
    "company": None,
    "confirmed": True,
    "customer_locale": "en",
    "device_id": None,
    "estimated_taxes": False,
    "landing_site": "/",
    "landing_site_ref": None,
    "location_id": None,
    "merchant_business_entity_id": None,
    "merchant_of_record_app_id": None,
    "payment_terms": None,
    "reference": None,
    "referring_site": "",
    "returns": [],
    "source_identifier": None,
    "source_name": "web",
    "source_url": None,
    "tax_exempt": False,
    "user_id": None,
}  # fmt: skip


def _discount_codes(order: OrderState, money: _Money) -> list[Json]:
    if not order.discount_code:
        return []
    amount = money.text(ordered(order).discounts)
    return [{"code": order.discount_code, "amount": amount, "type": "percentage"}]


def _discount_applications(order: OrderState) -> list[Json]:
    if not order.discount_code:
        return []
    return [
        {"target_type": "line_item", "type": "discount_code", "value": "10.0",
         "value_type": "percentage", "allocation_method": "across", "target_selection": "all",
         "code": order.discount_code}
    ]  # fmt: skip


def _address(address: AddressState | None) -> Json | None:
    if address is None:
        return None
    return {
        "first_name": address.first_name,
        "address1": address.address1,
        "phone": address.phone,
        "city": address.city,
        "zip": address.zip,
        "province": address.province,
        "country": address.country,
        "last_name": address.last_name,
        "address2": address.address2,
        "company": address.company,
        "latitude": None,
        "longitude": None,
        "name": address.name,
        "country_code": address.country_code,
        "province_code": address.province_code,
    }


def _customer(order: OrderState, *, compact: bool) -> Json | None:
    customer = order.customer
    if customer is None:
        return None
    core: Json = {
        "id": customer.customer_id,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "phone": customer.phone,
    }
    if compact:
        return core
    gid = f"gid://shopify/Customer/{customer.customer_id}"
    return core | {
        "created_at": local(order.created_at), "updated_at": local(order.created_at),
        "state": "disabled", "note": None, "verified_email": True,
        "multipass_identifier": None, "tax_exempt": False, "tags": "",
        "currency": order.currency, "tax_exemptions": [], "admin_graphql_api_id": gid,
        "default_address": {"id": customer.customer_id, **(_address(order.billing) or {})},
    }  # fmt: skip


def _tax(tax: TaxState, money: _Money) -> Json:
    return {
        "channel_liable": False,
        **money.both("price", tax.amount),
        "rate": tax.rate,
        "title": tax.title,
    }


def _discounts(amount: Decimal, money: _Money) -> list[Json]:
    if not amount:
        return []
    return [{**money.both("amount", amount), "discount_application_index": 0}]


def _line(order: OrderState, line: LineState, money: _Money, *, compact: bool) -> Json:
    core: Json = {
        "id": line.line_id,
        "current_quantity": line.current_quantity,
        "gift_card": line.gift_card,
        "name": line.name,
        **money.both("price", line.price),
        "product_id": line.product_id,
        "quantity": line.quantity,
        "requires_shipping": line.requires_shipping,
        "sku": line.sku or None,
        "variant_id": line.variant_id,
        "tax_lines": [_tax(tax, money) for tax in line.taxes],
        "duties": _duties(order, line, money),
        "discount_allocations": _discounts(line.discount, money),
    }
    if line.is_tip:
        core |= {"tip_payment_gateway": "bogus", "tip_payment_method": "Visa"}
    if compact:
        return core
    gid = f"gid://shopify/LineItem/{line.line_id}"
    return core | line_fulfilment(order, line) | {
        "admin_graphql_api_id": gid, "attributed_staffs": [],
        "grams": line.grams,
        "product_exists": line.product_id is not None, "properties": [],
        "sales_line_item_group_id": None, "taxable": bool(line.taxes), "title": line.title,
        "total_discount": money.text(Decimal(0)), "total_discount_set": money.set(Decimal(0)),
        "variant_inventory_management": "shopify", "variant_title": line.variant_title or None,
        "vendor": "Crossdock Supplies",
    }  # fmt: skip


def _duties(order: OrderState, line: LineState, money: _Money) -> list[Json]:
    if not line.duty:
        return []
    amount = {"amount": money.text(line.duty), "currency_code": order.currency}
    return [
        {
            "id": f"{line.line_id}9",
            "harmonized_system_code": "731815",
            "country_code_of_origin": "CN",
            "shop_money": amount,
            "presentment_money": amount,
            "tax_lines": [_tax(tax, money) for tax in line.duty_taxes],
        }
    ]


def _shipping(line: ShippingState, money: _Money, *, compact: bool) -> Json:
    core: Json = {
        "id": line.line_id,
        "current_discounted_price_set": money.set(line.current),
        "is_removed": line.removed,
        **money.both("price", line.price),
        "title": line.title,
        "tax_lines": [_tax(tax, money) for tax in line.taxes],
        "discount_allocations": _discounts(line.discount, money),
    }
    if compact:
        return core
    return core | {
        "carrier_identifier": None, "code": line.title,
        "discounted_price": money.text(line.discounted),
        "discounted_price_set": money.set(line.discounted), "phone": None,
        "requested_fulfillment_service_id": None, "source": "shopify",
    }  # fmt: skip
