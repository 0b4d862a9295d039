"""A system that does not answer, and what its breaker says."""

from datetime import timedelta
from typing import Any

from crossdock.ports.errors import Unavailable
from tests.support.paper_house import PaperHouse

MINUTE = timedelta(minutes=1)


def down(_operation: str) -> None:
    raise Unavailable("connection refused")


def up(_operation: str) -> None:
    """It answers."""


BREAKER = "SELECT b.* FROM breaker b JOIN connection USING (connection_id) WHERE name = 'erp'"


def the_breaker(house: PaperHouse) -> Any:
    found = house.rows(BREAKER)
    return found[0] if found else None
