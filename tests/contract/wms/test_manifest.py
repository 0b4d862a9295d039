from crossdock.connectors.wms import MANIFEST, connector
from crossdock.ports.capabilities import Checks, Connection, Connector
from crossdock.ports.listing import Lists
from crossdock.testing.contract.manifest_contract import ManifestContract
from tests.contract.wms import (
    test_error_classification,
    test_fulfilment_orders,
    test_golden_samples,
    test_openapi,
    test_signature,
    test_subscriptions,
    test_sweep,
)
from tests.contract.wms.conftest import connection

VERIFIED = {
    "signature_checked": test_signature.TestSignature,
    "errors_classified": test_error_classification.TestErrorClassification,
    "golden_samples": test_golden_samples.TestGoldenSamples,
    "idempotent_writes": test_fulfilment_orders.TestIdempotence,
    "sweep": test_sweep.TestFeed,
    "requests_validated": test_openapi.TestConformity,
    "subscriptions_rearmed": test_subscriptions.TestRearming,
}


class TestManifest(ManifestContract):
    manifest = MANIFEST
    can_also = (Checks, Lists)
    verified = VERIFIED

    def make(self, connection: Connection) -> Connector:
        return connector(connection)

    def connection(self) -> Connection:
        return connection("https://wms.example")
