from crossdock.connectors.shopify import MANIFEST, connector
from crossdock.ports.capabilities import Checks, Connection, Connector
from crossdock.ports.channel_stock import PublishesStock
from crossdock.ports.listing import Lists
from crossdock.testing.contract.manifest_contract import ManifestContract
from tests.contract.shopify import (
    test_cancellations,
    test_error_classification,
    test_golden_samples,
    test_order_responses,
    test_remainders,
    test_schema,
    test_shipments,
    test_signature,
    test_stock_once,
    test_subscriptions,
    test_sweep,
)
from tests.contract.shopify.conftest import connection


class IdempotentWrites:
    """They run where they are written."""

    test_answers = test_order_responses.TestIdempotence
    test_shipments = test_shipments.TestOnce
    test_remainders = test_remainders.TestOnce
    test_cancellations = test_cancellations.TestOnce
    test_stock = test_stock_once.TestOnce


VERIFIED = {
    "signature_checked": test_signature.TestSignature,
    "errors_classified": test_error_classification.TestErrorClassification,
    "golden_samples": test_golden_samples.TestGoldenSamples,
    "idempotent_writes": IdempotentWrites,
    "sweep": test_sweep.TestCursor,
    "requests_validated": test_schema.TestRequests,
    "subscriptions_rearmed": test_subscriptions.TestRearming,
}


class TestManifest(ManifestContract):
    manifest = MANIFEST
    can_also = (Checks, Lists, PublishesStock)
    verified = VERIFIED

    def make(self, connection: Connection) -> Connector:
        return connector(connection)

    def connection(self) -> Connection:
        return connection("https://some-shop.myshopify.com")
