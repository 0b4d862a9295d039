import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from crossdock.connectors.wms import connector
from crossdock.ports.capabilities import Receives
from crossdock.ports.errors import BadSignature, Rejected
from crossdock.ports.message import Arrival
from crossdock.testing.contract.signature_contract import SignatureContract
from tests.contract.wms.conftest import connection

BODY = b'{"event_id":"e1","type":"accepted","order_key":"k"}'


def signed(key: bytes, timestamp: str = "1795248000", body: bytes = BODY) -> Arrival:
    text = b"msg_1." + timestamp.encode() + b"." + body
    digest = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{digest}",
    }
    return Arrival("webhook", headers, body)


class TestSignature(SignatureContract):
    signature_header = "webhook-signature"

    def receiver(self) -> Receives:
        return connector(connection("https://wms.example", webhook_secret=self.secrets))

    def signed(self, secret: str) -> Arrival:
        return signed(secret.encode())

    def test_the_age_of_a_delivery_does_not_matter(self):
        for timestamp in ("0", "1000000000", "99999999999"):
            self.receiver().authenticate(signed(b"newest-secret", timestamp))

    def test_what_is_signed_is_id_and_timestamp_too(self):
        arrival = self.signed(self.secrets[0])
        for name in ("webhook-id", "webhook-timestamp"):
            self._refused(replace(arrival, headers={**arrival.headers, name: "1"}), name)

    def test_one_good_signature_of_several_is_enough(self):
        arrival = self.signed(self.secrets[0])
        good = arrival.headers["webhook-signature"]
        for given in (f"v1,AAAA {good}", f"v1a,xyz {good} v2,BBBB"):
            headers = {**arrival.headers, "webhook-signature": given}
            self.receiver().authenticate(replace(arrival, headers=headers))

    def test_another_version_is_no_signature(self):
        arrival = self.signed(self.secrets[0])
        given = arrival.headers["webhook-signature"].replace("v1,", "v2,")
        self._refused(
            replace(arrival, headers={**arrival.headers, "webhook-signature": given}), "v2"
        )


def test_an_encoded_secret_is_decoded():
    secret = "whsec_" + base64.b64encode(b"\x00\xffkey").decode()
    receiver = connector(connection("https://wms.example", webhook_secret=(secret,)))
    receiver.authenticate(signed(b"\x00\xffkey"))
    with pytest.raises(BadSignature):
        receiver.authenticate(signed(secret.encode()))


def test_no_secret_opens_nothing():
    receiver = connector(connection("https://wms.example", webhook_secret=("",)))
    with pytest.raises(BadSignature):
        receiver.authenticate(signed(b""))


def test_a_secret_that_is_not_base64_is_refused():
    with pytest.raises(Rejected) as refused:
        connector(connection("https://wms.example", webhook_secret=("whsec_***",)))
    assert refused.value.field == "webhook_secret"
