"""Quantity: an exact amount of a unit, and conversions as exact fractions."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from crossdock.domain.model import CanonicalModel

UnitCode = Annotated[str, Field(min_length=1, max_length=32)]
"""Canonical unit code; UN/ECE Recommendation 20 where it has one (EA, CS, PF …)."""


class InexactConversion(ValueError):
    """A conversion whose result the target unit cannot express exactly."""


class Quantity(CanonicalModel):
    """How many of which unit."""

    amount: Annotated[Decimal, Field(max_digits=20, decimal_places=6, allow_inf_nan=False)]
    unit: UnitCode

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"


class UnitConversion(CanonicalModel):
    """One `from_unit` is exactly `numerator / denominator` of `to_unit` (a case is 12/1 each)."""

    from_unit: UnitCode
    to_unit: UnitCode
    numerator: Annotated[int, Field(gt=0)]
    denominator: Annotated[int, Field(gt=0)] = 1

    @property
    def factor(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    def inverse(self) -> "UnitConversion":
        return UnitConversion(
            from_unit=self.to_unit,
            to_unit=self.from_unit,
            numerator=self.denominator,
            denominator=self.numerator,
        )

    def exact(self, quantity: Quantity) -> Fraction:
        """The converted amount as a fraction, whatever its size.

        Raises ValueError when the quantity is not in `from_unit`.
        """
        if quantity.unit != self.from_unit:
            raise ValueError(f"{quantity} is not in {self.from_unit}")
        return Fraction(quantity.amount) * self.factor

    def convert(self, quantity: Quantity) -> Quantity:
        """The same goods in `to_unit`.

        Raises InexactConversion when the result has no finite decimal of six places:
        such a quantity is held for a person, never rounded.
        """
        exact = self.exact(quantity)
        scaled = exact * 10**6
        if scaled.denominator != 1:
            raise InexactConversion(f"{quantity} is {exact} {self.to_unit}: not exact to 6 places")
        return Quantity(
            amount=Decimal(scaled.numerator).scaleb(-6).normalize() + 0, unit=self.to_unit
        )
