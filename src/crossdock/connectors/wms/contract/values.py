"""Values that every message of the Warehouse API is made of."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

API_VERSION = "1.0"
LINES_MAX = 10_000


class ApiModel(BaseModel):
    """One object of the API. Unknown fields are ignored by whoever reads it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


Amount = Annotated[
    Decimal,
    Field(max_digits=20, decimal_places=6, allow_inf_nan=False),
    PlainSerializer(_plain, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?[0-9]{1,14}(\.[0-9]{1,6})?$",
            "description": "An exact decimal, written as text",
            "examples": ["12", "0.5"],
        }
    ),
]
Instant = Annotated[AwareDatetime, Field(description="ISO 8601 with its offset from UTC")]
Identity = Annotated[str, Field(min_length=1, max_length=64)]
OrderKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="Opaque: stored with the fulfilment order and echoed in every event about it",
    ),
]
Sku = Annotated[str, Field(min_length=1, max_length=255)]
Cursor = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.~=-]{0,200}$",
        description="Opaque: where to go on; given back unchanged as `after`",
    ),
]


class Quantity(ApiModel):
    """How many of which unit."""

    amount: Amount
    unit: Annotated[
        str, Field(min_length=1, max_length=32, description="The unit the line was ordered in")
    ]


class Address(ApiModel):
    """Where to: country is ISO 3166-1 alpha-2, subdivision the part of ISO 3166-2 behind it."""

    name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    postal_code: str = ""
    subdivision: str = ""
    country: str = ""
    phone: str = ""


def surplus_fields(model: BaseModel, value: Any, path: str = "") -> list[str]:
    """Paths of the fields in `value` (JSON) that the model it was read into does not have."""
    found = [f"{path}{name}" for name in value if name not in type(model).model_fields]
    for name in type(model).model_fields:
        inner = getattr(model, name)
        if isinstance(inner, BaseModel) and name in value:
            found += surplus_fields(inner, value[name], f"{path}{name}.")
        elif isinstance(inner, tuple):
            for index, (part, raw) in enumerate(zip(inner, value.get(name, ()), strict=False)):
                if isinstance(part, BaseModel):
                    found += surplus_fields(part, raw, f"{path}{name}[{index}].")
    return found
