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


def explain(order: SalesOrder, draft: ErpOrder, erp: str) -> str:
    """The difference, itemised: goods, charges, tax, currency."""
    if draft["currency"] != order.currency:
        return f"the channel trades in {order.currency}, the draft {draft['name']} is in {draft['currency']}"
    tax = sum((t.amount for item in order.items for t in item.taxes), Decimal(0))
    untaxed = order.total.amount - tax
    parts = [
        f"{erp} {draft['name']} comes to {draft['amount_total']} {draft['currency']}",
        f"the channel says {order.total}",
        f"before tax {draft['amount_untaxed']} against {untaxed}",
        f"tax {draft['amount_tax']} against {tax}",
    ]
    return "; ".join(parts)
