import base64
import hashlib
import hmac

from crossdock.connectors.shopify import connector
from crossdock.ports.capabilities import Connection, Receives
from crossdock.ports.message import Arrival
from crossdock.testing.contract.signature_contract import SignatureContract


class TestSignature(SignatureContract):
    signature_header = "x-shopify-hmac-sha256"

    def receiver(self) -> Receives:
        secrets = {"api_secret": self.secrets, "access_token": ("t",)}
        settings = {"shop_url": "https://some-shop.myshopify.com"}
        return connector(Connection(1, 1, "shop", "shopify", settings, secrets))

    def signed(self, secret: str) -> Arrival:
        body = b'{"id": 1, "updated_at": "2026-11-21T08:00:00Z"}'
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        headers = {
            "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
            "x-shopify-topic": "orders/create",
        }
        return Arrival("orders/create", headers, body)
