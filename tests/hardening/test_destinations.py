"""Where we send: never to metadata services, never where a reply or a payload points (R1)."""

import gzip
import json
import socket
import tracemalloc
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from crossdock.bootstrap import factory_of, manifest_of
from crossdock.engine.registry import Attached
from crossdock.governance.connections import BadConnection, checked_settings
from crossdock.ports.capabilities import Checks, Connection
from crossdock.ports.check import Verdict
from crossdock.ports.destination import literal, refusal
from crossdock.ports.errors import ConnectorError, Unavailable
from crossdock.transports import bounded_reply
from crossdock.transports.http import open_client
from tests.hardening.doors import SECRETS, SETTINGS, samples_of, sender_to
from tests.hardening.hostile_server import Answer, Request, partner
from tests.hardening.test_webhook_fuzz import NOW, fate_of
from tests.support.api_server import wait_for

NEVER = [
    "169.254.169.254", "2852039166", "0xA9FEA9FE", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376",
    "169.254.43518", "169.16689662", "169.254.169.254.", "１６９.254.169.254", "169.254.0.1",
    "[fe80::1]", "[fd00:ec2::254]", "[fd20:ce::254]", "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[::169.254.169.254]",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0", "0", "[::]", "224.0.0.1",
    "255.255.255.255", "[ff02::1]",
]  # fmt: skip
PRIVATE = ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "10.1.2.3", "172.16.0.1", "192.168.1.1",
           "100.64.0.1", "[::1]", "[fd12::1]", "[::ffff:10.0.0.1]"]  # fmt: skip
PUBLIC = ["8.8.8.8", "134744072", "[2001:4860:4860::8888]"]
NAMES = ["odoo.example", "10.example", "cafe", "0xcafe.example", "1.2.3.4.5", "256.1.1.1.example"]
OTHER_SCHEMES = ["file:///etc/passwd", "gopher://a/", "ftp://a/", "unix:///tmp/s", "//a", "a", "",
                 "https://", "https://user:secret@odoo.example", "https://user@odoo.example",
                 "data:text/plain,x", "javascript:1", "http:///x"]  # fmt: skip


def test_addresses_are_read_as_systems_read_them() -> None:
    def judged(host: str, *, private: bool) -> str | None:
        address = literal(host)
        assert address is not None, host
        return refusal(address, private=private)

    assert [h for h in NEVER if judged(h, private=True) is None] == []
    assert [h for h in PRIVATE if judged(h, private=True) is not None] == []
    assert [h for h in PRIVATE if judged(h, private=False) is None] == []
    assert [h for h in PUBLIC if judged(h, private=False) is not None] == []
    assert [h for h in NAMES if literal(h) is not None] == []


@pytest.mark.parametrize(("system", "name"), [("odoo", "url"), ("wms", "url"),
                                              ("shopify", "shop_url")])  # fmt: skip
def test_settings_refuse_them(system: str, name: str) -> None:
    secrets = {secret: ["env:X"] for secret in SECRETS[system]}
    for bad in [*(f"https://{host}/x" for host in NEVER), *OTHER_SCHEMES]:
        with pytest.raises(BadConnection) as refused:
            checked_settings(manifest_of(system), {**SETTINGS[system], name: bad}, secrets)
        assert name in str(refused.value)
    checked_settings(manifest_of(system), SETTINGS[system], secrets)


def resolve_to(monkeypatch: pytest.MonkeyPatch, name: str, address: str) -> None:
    """The name service says so; connections to the address reach this machine's own."""
    genuine = socket.getaddrinfo

    def told(host: Any, *rest: Any, **more: Any) -> Any:
        return genuine(address if host == name else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", told)


def test_names_are_judged_by_where_they_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    with partner(lambda _: Answer()) as here:
        port = urlsplit(here.url).port
        resolve_to(monkeypatch, "rebound.example", "127.0.0.1")
        url = f"http://rebound.example:{port}/"
        with open_client(headers={}, private_network=False) as strict:
            with pytest.raises(Unavailable) as refused:
                strict.get(url)
            assert "private_network" in refused.value.remedy
        assert here.heard == []
        with open_client(headers={}) as free:
            assert free.get(url).status_code == 200
        monkeypatch.setattr("crossdock.transports.destinations.refusal", never_loopback)
        with open_client(headers={}) as free, pytest.raises(Unavailable):
            free.get(url)
        assert len(here.heard) == 1


def never_loopback(address: str, *, private: bool) -> str | None:
    """As if this machine were a metadata service."""
    return "is link-local" if address == "127.0.0.1" else refusal(address, private=private)


def test_literals_are_not_even_connected_to() -> None:
    with open_client(headers={}) as client:
        for host in NEVER:
            with pytest.raises((Unavailable, httpx.InvalidURL)):
                client.get(f"http://{host}/latest/meta-data/")


def connected(system: str, url: str) -> Attached:
    name = "shop_url" if system == "shopify" else "url"
    connection = Connection(
        1, 1, "door", system, {**SETTINGS[system], name: url},
        dict.fromkeys(SECRETS[system], ("a-secret-of-the-door",)),
    )  # fmt: skip
    return Attached(connection, factory_of(system)(connection))


def examined(attached: Attached) -> bool:
    """Whether the check of a connection found it good."""
    assert isinstance(attached.connector, Checks)
    try:
        return all(r.verdict is not Verdict.FAILED for r in attached.connector.check(NOW))
    except ConnectorError:
        return False
    finally:
        attached.connector.close()


@pytest.mark.parametrize("system", list(SETTINGS))
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(system: str, status: int) -> None:
    with partner(lambda _: Answer()) as elsewhere:
        location = {"location": elsewhere.url + "/taken", "refresh": f"0;{elsewhere.url}"}
        with partner(lambda _: Answer(status, location)) as here:
            assert not examined(connected(system, here.url))
            assert here.heard
            assert elsewhere.heard == []


def given(answer: Answer, _request: Request) -> Answer:
    return answer


def test_replies_are_bounded_also_when_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_reply, "REPLY_BYTES_MAX", 1_000_000)
    bomb = gzip.compress(bytes(100_000_000), 1)
    answers = [
        Answer(200, {"content-encoding": "gzip"}, bomb), Answer(200, {}, bytes(1_000_001)),
        Answer(200, {"content-encoding": "gzip"}, b"no gzip"),
    ]  # fmt: skip
    for answer in answers:
        with partner(partial(given, answer)) as here, open_client(headers={}) as client:
            tracemalloc.start()
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(here.url)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 8_000_000
    good = Answer(200, {"content-encoding": "gzip"}, gzip.compress(b'{"a": 1}'))
    with partner(lambda _: good) as here, open_client(headers={}) as client:
        assert client.get(here.url).json() == {"a": 1}
    assert here.heard[0].headers["accept-encoding"] == "gzip"


def test_addresses_in_payloads_are_never_called() -> None:
    """Whatever text of an arrival is a URL, reading it calls nobody."""
    with partner(lambda _: Answer()) as here:
        for system in ("shopify", "wms"):
            sender = sender_to(system)
            for sample in samples_of(system):
                body = json.dumps(pointed(json.loads(sample), here.url)).encode()
                fate_of(sender, sender.knock(body, sender.headers(body, "orders/create")))
        assert here.heard == []
        httpx.get(here.url)
        wait_for(lambda: here.heard)


def pointed(value: Any, url: str) -> Any:
    """The same with a URL added to every object, and in place of what reads like one."""
    if isinstance(value, dict):
        more = {"tracking_url": url, "order_status_url": url, "href": url, "$ref": url}
        return {**{k: pointed(v, url) for k, v in value.items()}, **more}
    if isinstance(value, list):
        return [pointed(v, url) for v in value]
    return url if isinstance(value, str) and "://" in value else value
