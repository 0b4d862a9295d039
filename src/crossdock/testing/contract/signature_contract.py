"""Signed webhooks: every valid secret opens, nothing else does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from crossdock.ports.capabilities import Receives
from crossdock.ports.errors import BadSignature
from crossdock.ports.message import Arrival


class SignatureContract(ABC):
    """Give a connector that knows two secrets, and how the system signs."""

    secrets = ("newest-secret", "secret-before")

    @abstractmethod
    def receiver(self) -> Receives:
        """A connector whose signing secret has both values."""

    @abstractmethod
    def signed(self, secret: str) -> Arrival:
        """An arrival as the system would sign it."""

    @property
    @abstractmethod
    def signature_header(self) -> str: ...

    def test_both_secrets_open(self) -> None:
        for secret in self.secrets:
            self.receiver().authenticate(self.signed(secret))

    def test_another_secret_is_refused(self) -> None:
        self._refused(self.signed("somebody-else"), "another secret")

    def test_a_changed_body_is_refused(self) -> None:
        arrival = self.signed(self.secrets[0])
        self._refused(replace(arrival, body=arrival.body + b" "), "a longer body")
        self._refused(replace(arrival, body=b""), "an empty body")

    def test_a_missing_or_odd_signature_is_refused(self) -> None:
        arrival = self.signed(self.secrets[0])
        bare: Mapping[str, str] = {
            name: value for name, value in arrival.headers.items() if name != self.signature_header
        }
        self._refused(replace(arrival, headers=bare), "no signature")
        for odd in ("", " ", "é" * 20, "\udcff", "A" * 100_000, "=="):
            headers = {**bare, self.signature_header: odd}
            self._refused(replace(arrival, headers=headers), f"signature {odd[:10]!r}")

    def _refused(self, arrival: Arrival, what: str) -> None:
        try:
            self.receiver().authenticate(arrival)
        except BadSignature:
            return
        raise AssertionError(f"{what} was accepted")
