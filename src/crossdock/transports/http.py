"""HTTP clients as connectors use them: no cookies, no redirects, no proxy unless asked for, and
nothing sent to addresses that no connection may lead to (`destinations`), and replies bounded.

A reply's headers having arrived means that the request was sent and served: the place is named
for tests that kill the process there (`ports.crash_points`).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from crossdock.ports import crash_points
from crossdock.transports.bounded_reply import ACCEPTED, bound
from crossdock.transports.destinations import guard

TIMEOUT = httpx.Timeout(60, connect=5)
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=3)


_rehearsed_over: list[httpx.BaseTransport] = []


@contextmanager
def rehearsed_over(transport: httpx.BaseTransport) -> Iterator[None]:
    """Clients opened in the block speak over `transport` and reach nobody else: for simulations."""
    _rehearsed_over.append(transport)
    try:
        yield
    finally:
        _rehearsed_over.pop()


def _served(_response: httpx.Response) -> None:
    crash_points.reach(crash_points.AFTER_SEND)


def open_client(
    *,
    headers: Mapping[str, str],
    base_url: str = "",
    timeout: httpx.Timeout = TIMEOUT,
    transport: httpx.BaseTransport | None = None,
    proxy_of_environment: bool = False,
    private_network: bool = True,
    secrets: Collection[str] = (),
) -> httpx.Client:
    """A client for one connection's calls. Thread-safe; close it with the connector.

    Its calls raise Unavailable before anything is sent to a link-local address or, unless
    `private_network`, to this machine or a private network. `secrets` are blanked in replies.

    Raises httpx.InvalidURL or UnicodeError for an address or a header that cannot be sent.
    """
    return httpx.Client(
        base_url=base_url,
        headers={"accept-encoding": ACCEPTED, **headers},
        timeout=timeout,
        limits=LIMITS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        transport=transport or (_rehearsed_over[-1] if _rehearsed_over else None),
        trust_env=proxy_of_environment,
        event_hooks={
            "request": [guard(private=private_network)],
            "response": [_served, bound(secrets)],
        },
    )
