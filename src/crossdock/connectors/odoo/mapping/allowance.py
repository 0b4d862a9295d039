"""Allowances: an exact discount percentage where one exists, else a line of its own."""

from decimal import Decimal

DISCOUNT_PLACES = Decimal("0.01")
"""Odoo stores a discount with two decimals (decimal precision `Discount`)."""


def exact_discount(gross: Decimal, allowance: Decimal) -> Decimal | None:
    """The percentage that takes exactly `allowance` off `gross`, or None when there is none.

    >>> exact_discount(Decimal("100"), Decimal("12.50"))
    Decimal('12.50')
    """
    if not allowance:
        return Decimal(0)
    if gross <= 0 or allowance < 0:
        return None
    percentage = (allowance * 100 / gross).quantize(DISCOUNT_PLACES)
    if percentage > 100 or gross * percentage != allowance * 100:
        return None
    return percentage
