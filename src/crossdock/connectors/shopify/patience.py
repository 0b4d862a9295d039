"""Queries that wait while the rate budget is used up: for readers of many pages."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.queries import Document
from crossdock.ports.errors import RateLimited, Unavailable
from crossdock.transports.waiting import wait

WAIT_MAX = timedelta(seconds=30)
WAITS_MAX = 40


class Patience:
    """Runs queries of one client. Stops waiting once it is closed."""

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._closing = threading.Event()

    def close(self) -> None:
        self._closing.set()

    def wait(self, seconds: float) -> bool:
        """Pause; True at once when it is closed meanwhile."""
        return wait(self._closing, seconds)

    def run(self, document: Document, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Wait when the bucket is empty: to start over would read the same pages and never end."""
        for _ in range(WAITS_MAX):
            try:
                return self._client.run(document, variables)
            except RateLimited as limited:
                if self.wait(min(limited.retry_after, WAIT_MAX).total_seconds()):
                    raise
        raise Unavailable(
            f"{document.name}: the rate budget stays used up",
            remedy="see what else spends this app's cost points",
            code="budget_used_up",
        )
