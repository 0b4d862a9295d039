"""Money: a Decimal amount in an ISO 4217 currency. No binary floating point anywhere."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Self

from pydantic import Field

from crossdock.domain.model import CanonicalModel

CURRENCY_EXPONENTS_OTHER_THAN_TWO: dict[str, int] = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "CLF": 4, "UYW": 4,
}  # fmt: skip
"""Minor-unit exponents of ISO 4217 that are not 2 (list one of the standard)."""

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(max_digits=28, decimal_places=10, allow_inf_nan=False)]


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum or comparison."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"cannot combine {left} with {right}: convert one of them first")


class Money(CanonicalModel):
    """An amount (exact, not rounded) in one currency."""

    amount: Amount
    currency: CurrencyCode

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(amount=Decimal(0), currency=currency)

    @property
    def exponent(self) -> int:
        """Digits after the point of the currency's smallest coin."""
        return CURRENCY_EXPONENTS_OTHER_THAN_TWO.get(self.currency, 2)

    def rounded(self) -> "Money":
        """Rounded half up to the currency's smallest coin."""
        quantum = Decimal(1).scaleb(-self.exponent)
        return Money(
            amount=self.amount.quantize(quantum, rounding=ROUND_HALF_UP), currency=self.currency
        )

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(amount=self.amount - other.amount, currency=self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(amount=self.amount * factor, currency=self.currency)

    def __neg__(self) -> "Money":
        return Money(amount=-self.amount, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __str__(self) -> str:
        places = max(self.exponent, -int(self.amount.normalize().as_tuple().exponent))
        return f"{self.amount:.{places}f} {self.currency}"
