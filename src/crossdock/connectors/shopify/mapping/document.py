"""The JSON document in an arrival's body, exact: no binary floating point."""

import json
from decimal import Decimal
from typing import NoReturn

from crossdock.connectors.shopify.mapping.reading import Reader, unreadable
from crossdock.ports.errors import Unreadable

ENCODING_REMEDY = "ask whoever sent it: Shopify sends JSON in UTF-8"


def read_document(body: bytes) -> Reader:
    """The body as one JSON object, numbers with a point as Decimal. Raises Unreadable."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            "body", f"is not UTF-8 text (byte {error.start})", ENCODING_REMEDY
        ) from error
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Unreadable("body", f"is not readable JSON ({error})", ENCODING_REMEDY) from error
    return Reader(value)


def _refuse_constant(name: str) -> NoReturn:
    unreadable("body", f"holds {name}, which JSON does not know", ENCODING_REMEDY)
