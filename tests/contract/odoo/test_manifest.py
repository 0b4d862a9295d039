from datetime import timedelta

from crossdock.connectors.odoo import MANIFEST, connector
from crossdock.ports.capabilities import Checks, Connection, Connector
from crossdock.ports.listing import Lists
from crossdock.testing.contract.manifest_contract import ManifestContract
from tests.contract.odoo import (
    test_create_orders,
    test_error_classification,
    test_golden_samples,
    test_requests_validated,
    test_sweep,
    test_webhooks,
)

VERIFIED = {
    "signature_checked": test_webhooks.TestToken,
    "errors_classified": test_error_classification.TestErrorClassification,
    "golden_samples": test_golden_samples.TestGoldenSamples,
    "idempotent_writes": test_create_orders.TestIdempotence,
    "sweep": test_sweep.TestCursor,
    "requests_validated": test_requests_validated.TestNames,
}


class TestManifest(ManifestContract):
    manifest = MANIFEST
    can_also = (Checks, Lists)
    verified = VERIFIED

    def make(self, connection: Connection) -> Connector:
        return connector(connection)

    def connection(self) -> Connection:
        settings = {"url": "https://odoo.example", "database": "db"}
        return Connection(1, 1, "odoo", "odoo", settings, {"key": ("k",)})

    def test_every_overlap_is_longer_than_odoos_longest_transaction(self):
        assert all(stream.overlap >= timedelta(seconds=120) for stream in MANIFEST.streams)
