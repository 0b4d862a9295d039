"""Compare the channel's total with the ERP's draft, and say the difference in words."""

from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.domain.sales_order import SalesOrder
from crossdock.ports.erp import ErpOrder


def difference_of(order: SalesOrder, draft: ErpOrder) -> Money | None:
    """ERP minus channel; None when the currencies differ."""
    if draft["currency"] != order.currency:
        return None
    return Money(amount=Decimal(draft["amount_total"]), currency=order.currency) - order.total


def cause_of(order: SalesOrder, draft: ErpOrder) -> str:
    """Why totals differ by cents, when that is certain: the same goods, taxes rounded otherwise.

    Rounding each line or only the sum moves the tax by at most half a coin per taxed item.
    """
    tax = _tax(order)
    untaxed = order.total.amount - tax
    apart = abs(Decimal(draft["amount_tax"]) - tax)
    coin = Decimal(1).scaleb(-order.total.exponent)
    taxed = sum(len(item.taxes) for item in order.items)
    if draft["currency"] != order.currency or not apart or apart > coin * taxed / 2:
        return ""
    if order.prices_include_tax or Decimal(draft["amount_untaxed"]) == untaxed:
        return "taxes are rounded per line on one side and per order on the other"
    return ""


def _tax(order: SalesOrder) -> Decimal:
    return sum((t.amount for item in order.items for t in item.taxes), Decimal(0))


def explain(order: SalesOrder, draft: ErpOrder, erp: str) -> str:
    """The difference, itemised: goods, charges, tax, currency."""
    if draft["currency"] != order.currency:
        drafted = f"the draft {draft['name']} is in {draft['currency']}"
        return f"the channel trades in {order.currency}, {drafted}"
    tax = _tax(order)
    untaxed = order.total.amount - tax
    parts = [
        f"{erp} {draft['name']} comes to {draft['amount_total']} {draft['currency']}",
        f"the channel says {order.total}",
        f"before tax {draft['amount_untaxed']} against {untaxed}",
        f"tax {draft['amount_tax']} against {tax}",
    ]
    if cause := cause_of(order, draft):
        parts.append(cause)
    return "; ".join(parts)
