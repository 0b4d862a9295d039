"""The warehouse system's address: https, or plain http to this machine."""

from urllib.parse import urlsplit

from crossdock.ports.errors import Rejected

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback(url: str) -> bool:
    """Whether the URL names this machine."""
    return urlsplit(url).hostname in LOOPBACK


def checked_url(url: str) -> str:
    """The address without a closing slash. Raises Rejected when no token may be sent there."""
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise _refused(url, "is not a URL") from error
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise _refused(url, "is not a plain address")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise _refused(url, "is not https")
    return url.strip().rstrip("/")


def _refused(url: str, reason: str) -> Rejected:
    return Rejected(
        f"url {url[:100]!r} {reason}", field="url", remedy="give it as https://wms.example"
    )
