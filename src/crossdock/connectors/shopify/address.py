"""The shop's address: https to Shopify, or plain http to a twin on this machine."""

from urllib.parse import SplitResult, urlsplit

from crossdock.ports.errors import Rejected

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHOP_DOMAIN = ".myshopify.com"


def is_loopback(url: str) -> bool:
    """Whether the URL names this machine."""
    return urlsplit(url).hostname in LOOPBACK


def checked_shop_url(url: str) -> str:
    """The address without a path. Raises Rejected when a token must not be sent there."""
    parts = _parts(url)
    host = parts.hostname or ""
    if parts.path.strip("/") or parts.query or parts.username:
        raise _refused(url, "names more than a host")
    if host in LOOPBACK and parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc}"
    if parts.scheme != "https":
        raise _refused(url, "is not https")
    if not host.endswith(SHOP_DOMAIN) or host == SHOP_DOMAIN:
        raise _refused(url, f"is not below {SHOP_DOMAIN}")
    return f"https://{parts.netloc}"


def shop_domain(url: str) -> str:
    """The shop's permanent domain; empty for a twin."""
    return "" if is_loopback(url) else urlsplit(url).hostname or ""


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise _refused(url, "is not a URL") from error
    return parts


def _refused(url: str, reason: str) -> Rejected:
    return Rejected(
        f"shop_url {url[:100]!r} {reason}",
        field="shop_url",
        remedy="give it as https://<shop>.myshopify.com",
    )
