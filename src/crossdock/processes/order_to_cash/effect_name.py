"""The names of an order's effects: `ship:<shipment>`, and the keys they exist under."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote


class EffectKind(StrEnum):
    """What an effect is for."""

    CREATE = "create"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    READ = "read"
    RESPONSE = "response"
    CANCELLATION_RESPONSE = "cancellation_response"
    FULFIL = "fulfil"
    STOP = "stop"
    SHIP = "ship"
    TELL = "tell"
    CLOSE = "close"
    INVOICE = "invoice"
    REMAINDER = "remainder"
    CANCEL_AT_CHANNEL = "cancel_at_channel"


NUMBERED = (EffectKind.CREATE, EffectKind.CONFIRM, EffectKind.READ)
"""They always show their number: a draft's is its try, a reading's the message that asks."""


@dataclass(frozen=True, slots=True)
class EffectName:
    """What an effect is for, and the fulfilment or shipment it is about, where it is about one.

    `of` is never made of digits alone: these stand for the number of a try.
    """

    kind: EffectKind
    of: str = ""

    def __str__(self) -> str:
        if not self.of:
            return self.kind.value
        return f"{self.kind}:{self.of.replace('%', '%25').replace(':', '%3A')}"

    def key(self, target: str, number: int = 1) -> str:
        """The key on that target; tried again after a refusal it is another one."""
        shown = number > 1 or self.kind in NUMBERED
        return f"{target}:{self}" + (f":{number}" if shown else "")

    @classmethod
    def parse(cls, effect_key: str, target: str) -> "tuple[EffectName, int] | None":
        """Name and number in a key that `key` made for that target; None for any other."""
        kind, *rest = effect_key.removeprefix(f"{target}:").split(":")
        number = int(rest.pop()) if rest and rest[-1].isascii() and rest[-1].isdecimal() else 1
        if kind not in set(EffectKind) or len(rest) > 1:
            return None
        name = cls(EffectKind(kind), unquote("".join(rest)))
        return (name, number) if name.key(target, number) == effect_key else None
