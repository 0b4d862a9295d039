"""A manifest says what is there, and only that."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta

from crossdock.ports import capabilities
from crossdock.ports.capabilities import Connection, Connector
from crossdock.ports.effect import Grade
from crossdock.ports.manifest import Manifest

CLAIMS = frozenset(
    {
        "drift_alarm",
        "errors_classified",
        "golden_samples",
        "idempotent_writes",
        "requests_validated",
        "signature_checked",
        "subscriptions_rearmed",
        "sweep",
    }
)
"""Quality claims a manifest may make; each has a test that tries to break it."""

CLAIMED_CAPABILITIES = {
    "signature_checked": capabilities.Receives,
    "subscriptions_rearmed": capabilities.Maintains,
    "sweep": capabilities.Sweeps,
}
"""What a connector must be able to do for a claim to make sense."""


class ManifestContract(ABC):
    """Give the manifest, a connection, what else the connector can do, and the proofs."""

    manifest: Manifest
    can_also: Sequence[type]
    """Those that no manifest declares: Checks, Lists."""
    verified: Mapping[str, type]
    """Claim → the test class that verifies it."""

    @abstractmethod
    def make(self, connection: Connection) -> Connector:
        """The connector's own factory."""

    @abstractmethod
    def connection(self) -> Connection:
        """A connection that could exist; nothing is sent to it."""

    def test_connector_shows_its_manifest(self) -> None:
        connector = self.make(self.connection())
        try:
            assert isinstance(connector, Connector)
            assert connector.manifest == self.manifest
        finally:
            connector.close()

    def test_what_is_declared_is_implemented(self) -> None:
        connector = self.make(self.connection())
        manifest = self.manifest
        try:
            if manifest.operations:
                assert isinstance(connector, capabilities.Prepares)
                assert isinstance(connector, capabilities.Delivers)
            if manifest.streams:
                assert isinstance(connector, capabilities.Sweeps)
            if manifest.inbound:
                assert isinstance(connector, capabilities.Translates)
            claimed = [
                CLAIMED_CAPABILITIES[claim.name]
                for claim in manifest.quality
                if claim.name in CLAIMED_CAPABILITIES
            ]
            for capability in (*claimed, *self.can_also):
                assert isinstance(connector, capability), capability.__name__
        finally:
            connector.close()

    def test_names_are_unique_and_readable(self) -> None:
        manifest = self.manifest
        named = (
            [setting.name for setting in manifest.settings],
            [operation.name for operation in manifest.operations],
            [stream.name for stream in manifest.streams],
            [inbound.kind for inbound in manifest.inbound],
        )
        for names in named:
            assert len(names) == len(set(names)), names
        assert all(kind.startswith(f"{manifest.system}.") for kind in named[3])
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for names in named[:3] for name in names)

    def test_settings_have_words_and_valid_defaults(self) -> None:
        for setting in self.manifest.settings:
            assert setting.description, setting.name
            if setting.choices and setting.default is not None:
                assert setting.default in setting.choices, setting.name
            if setting.secret:
                assert not setting.default, f"{setting.name} is a secret with a default"

    def test_operations_can_keep_their_grade(self) -> None:
        for operation in self.manifest.operations:
            assert operation.batch_max >= 1, operation.name
            assert operation.cost > 0, operation.name
            assert operation.timeout > timedelta(0), operation.name
            if operation.key_lifetime is not None:
                assert operation.grade is Grade.A, f"{operation.name}: only grade A has a key"
            if operation.settle:
                assert operation.grade is Grade.C, f"{operation.name}: only grade C settles"

    def test_streams_are_swept_in_time(self) -> None:
        for stream in self.manifest.streams:
            assert timedelta(0) < stream.interval_min <= stream.interval_max, stream.name
            assert stream.overlap > timedelta(0) or stream.projection, stream.name

    def test_claims_are_known_and_verified(self) -> None:
        claims = [claim.name for claim in self.manifest.quality]
        assert len(claims) == len(set(claims))
        unknown = set(claims) - CLAIMS
        assert not unknown, f"unknown claims: {unknown}"
        unproven = set(claims) - set(self.verified)
        assert not unproven, f"claims without a test: {unproven}"
        for claim in claims:
            tests = [name for name in dir(self.verified[claim]) if name.startswith("test_")]
            assert tests, f"{self.verified[claim].__name__} verifies {claim} with no test"
