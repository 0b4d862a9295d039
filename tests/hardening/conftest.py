"""A database with a shop, and the API on it, also with limits that a test reaches quickly."""

from tests.support.api_fixtures import api, narrow_api, secrets, shop_id

__all__ = ["api", "narrow_api", "secrets", "shop_id"]
