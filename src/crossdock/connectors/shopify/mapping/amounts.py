"""Amounts in the shop's currency, and shares of them for what is left of a line."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from crossdock.connectors.shopify.mapping.currencies import CURRENCIES
from crossdock.connectors.shopify.mapping.reading import Reader, exact, shown, unreadable
from crossdock.domain.money import CURRENCY_EXPONENTS_OTHER_THAN_TWO
from crossdock.domain.sales_order import Tax

RATE_STEP = Decimal("0.00000001")
RATE_MAX = 10


@dataclass(frozen=True, slots=True)
class ShopCurrency:
    """The currency of the shop, which every amount of the order is read in."""

    code: str
    decimals: int
    coin: Decimal
    """The smallest one."""

    @classmethod
    def of(cls, order: Reader) -> "ShopCurrency":
        """Raises Unreadable for a currency that is missing or unknown."""
        code = order.text("currency")
        if not code:
            unreadable("currency", "is missing")
        if code not in CURRENCIES:
            unreadable(
                "currency",
                f"{shown(code)} is no currency Shopify knows",
                "correct the shop's currency, or add the new code to the connector",
            )
        decimals = CURRENCY_EXPONENTS_OTHER_THAN_TWO.get(code, 2)
        return cls(code, decimals, Decimal(1).scaleb(-decimals))

    def normalised(self, amount: Decimal) -> Decimal:
        """Exactly the same amount, written with the currency's decimals, or more if needed."""
        if amount.same_quantum(self.coin):
            return amount + 0
        stripped = amount.normalize()
        if -int(stripped.as_tuple().exponent) > self.decimals:
            return stripped
        return amount.quantize(self.coin) + 0

    def share(self, amount: Decimal, part: Decimal | int, whole: Decimal | int) -> Decimal:
        """`part / whole` of an amount, rounded half up to the smallest coin."""
        if part == whole:
            return amount
        return (amount * part / whole).quantize(self.coin, rounding=ROUND_HALF_UP)

    def from_set(self, holder: Reader, name: str) -> Decimal | None:
        """`<name>.shop_money.amount`; None when the set is absent or null.

        Raises Unreadable when the set's currency is not the order's.
        """
        money_set = holder.object(name)
        money = money_set.object("shop_money") if money_set else None
        if money is None:
            return None
        if money.fields.get("currency_code") != self.code:
            found = shown(money.fields.get("currency_code"))
            unreadable(money.at("currency_code"), f"is {found} in an order in {self.code}")
        if not money.has("amount"):
            unreadable(money.at("amount"), "is missing")
        return self.normalised(exact(money.fields["amount"], money, "amount"))

    def amount(self, holder: Reader, name: str) -> Decimal | None:
        """`<name>_set` in shop money, else the plain field (shop money as well)."""
        from_set = self.from_set(holder, f"{name}_set")
        if from_set is not None:
            return from_set
        plain = holder.number(name)
        return None if plain is None else self.normalised(plain)

    def required(self, holder: Reader, name: str) -> Decimal:
        """As `amount`. Raises Unreadable when it is absent."""
        amount = self.amount(holder, name)
        if amount is None:
            unreadable(holder.at(name), "is missing")
        return amount

    def taxes(self, holder: Reader, part: Decimal | int, whole: Decimal | int) -> tuple[Tax, ...]:
        """The holder's `tax_lines`, for `part` of the `whole` they were computed for."""
        return tuple(
            Tax(
                title=line.text("title"),
                rate=_rate(line),
                amount=self.share(self.required(line, "price"), part, whole),
            )
            for line in holder.items("tax_lines")
        )

    def discounts(self, holder: Reader) -> Decimal:
        """The sum of the holder's `discount_allocations`."""
        return sum(
            (self.required(line, "amount") for line in holder.items("discount_allocations")),
            Decimal(0),
        )


def _rate(tax_line: Reader) -> Decimal:
    rate = tax_line.fields.get("rate")
    if rate is None:
        return Decimal(0)
    if isinstance(rate, bool) or not isinstance(rate, int | Decimal | str):
        unreadable(tax_line.at("rate"), f"is not a rate but {shown(rate)}")
    rounded = _rounded_rate(rate)
    if rounded is None or not 0 <= rounded <= RATE_MAX:
        unreadable(tax_line.at("rate"), f"is not a rate from 0 to {RATE_MAX} but {shown(rate)}")
    return rounded.normalize() + 0


def _rounded_rate(rate: int | Decimal | str) -> Decimal | None:
    """To 8 places: shops send binary fractions such as 0.060000000000000005."""
    try:
        value = Decimal(rate)
        return value.quantize(RATE_STEP) if abs(value) < 1000 else value
    except ArithmeticError:
        return None
