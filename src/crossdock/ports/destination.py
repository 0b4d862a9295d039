"""Where connections may lead: never to what serves the machine itself with its identity.

Link-local addresses hold the metadata services of clouds, which hand credentials to whoever asks
from inside; the others of that kind are named one by one. Loopback and private networks are open
to connections that say so: warehouses and Odoo often live there.
"""

import re
import socket
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult

Address = IPv4Address | IPv6Address

METADATA = tuple(
    map(
        ip_network,
        (
            "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
            "fd00:ec2::/32", "fd20:ce::/32",
        ),
    )
)  # fmt: skip
"""Services of clouds outside the link-local ranges (Alibaba, Azure, Oracle, AWS, Google)."""
NAT64 = ip_network("64:ff9b::/96")
NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)
"""An IPv4 address as systems read it: 2852039166, 0xA9FEA9FE, 0251.0376.0251.0376."""


def refusal(address: str, *, private: bool) -> str | None:
    """Why nothing may be sent to this IP address; None when it may."""
    found = _embedded(ip_address(address.partition("%")[0]))
    if found.is_link_local or any(found in net for net in METADATA if net.version == found.version):
        return "is link-local or a cloud's metadata service"
    if found.is_multicast or found.is_unspecified or str(found) == "255.255.255.255":
        return "is no host's address"
    if found.version == 4 and found.packed[0] == 0:
        return "is no host's address"
    if not private and not found.is_global:
        return "is of a private network or of this machine"
    return None


def literal(host: str) -> str | None:
    """The IP address that a URL's host is, however it is written; None for a name."""
    plain = unicodedata.normalize("NFKC", host).strip("[]").rstrip(".")
    try:
        return str(ip_address(plain.partition("%")[0]))
    except ValueError:
        pass
    if not NUMBERS.fullmatch(plain):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(plain))
    except OSError:
        return None


def is_sendable(parts: SplitResult) -> bool:
    """Whether a URL may be a connection's: no credentials in it, no host nobody may call."""
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return False
    address = literal(parts.hostname)
    return address is None or refusal(address, private=True) is None


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or itself."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    if inner is None and address in NAT64:
        inner = IPv4Address(address.packed[-4:])
    if inner is None and address.packed[:12] == bytes(12) and address.packed[12]:
        inner = IPv4Address(address.packed[-4:])
    return inner or address
