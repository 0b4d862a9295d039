from crossdock.connectors.shopify import MANIFEST, connector
from crossdock.ports.capabilities import Connection, Connector
from crossdock.ports.manifest import Manifest
from crossdock.testing.contract.manifest_contract import ManifestContract
from tests.contract.shopify.conftest import connection
from tests.contract.shopify.test_error_classification import TestErrorClassification
from tests.contract.shopify.test_golden_samples import TestGoldenSamples
from tests.contract.shopify.test_order_responses import TestIdempotence
from tests.contract.shopify.test_schema import TestRequests
from tests.contract.shopify.test_signature import TestSignature
from tests.contract.shopify.test_subscriptions import TestRearming
from tests.contract.shopify.test_sweep import TestCursor


class TestManifest(ManifestContract):
    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    @property
    def verified(self) -> dict[str, type]:
        return {
            "signature_checked": TestSignature,
            "errors_classified": TestErrorClassification,
            "golden_samples": TestGoldenSamples,
            "idempotent_writes": TestIdempotence,
            "sweep": TestCursor,
            "requests_validated": TestRequests,
            "subscriptions_rearmed": TestRearming,
        }

    def make(self, connection: Connection) -> Connector:
        return connector(connection)

    def connection(self) -> Connection:
        return connection("https://some-shop.myshopify.com")
