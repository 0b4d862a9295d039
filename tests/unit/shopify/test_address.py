import pytest

from crossdock.connectors.shopify.address import checked_shop_url, is_loopback, shop_domain
from crossdock.ports.errors import Rejected


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ("https://shop.myshopify.com", "https://shop.myshopify.com"),
        (" https://shop.myshopify.com/ ", "https://shop.myshopify.com"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://localhost:8123/", "http://localhost:8123"),
    ],
)
def test_where_a_token_may_go(given: str, checked: str):
    assert checked_shop_url(given) == checked


@pytest.mark.parametrize(
    "given",
    [
        "", "shop.myshopify.com", "http://shop.myshopify.com", "https://shop.example",
        "https://myshopify.com", "https://.myshopify.com", "https://shop.myshopify.com.evil.example",
        "http://127.0.0.1.evil.example", "http://10.0.0.1:8123", "ftp://127.0.0.1",
        "https://shop.myshopify.com/admin", "https://user:pw@shop.myshopify.com",
        "https://shop.myshopify.com:x", "https://[::1", "https://evil.example\\.myshopify.com?x=1",
    ],
)  # fmt: skip
def test_where_it_may_not(given: str):
    with pytest.raises(Rejected) as refused:
        checked_shop_url(given)
    assert refused.value.field == "shop_url"
    assert refused.value.remedy


def test_domains():
    assert shop_domain("https://shop.myshopify.com") == "shop.myshopify.com"
    assert shop_domain("http://127.0.0.1:8123") == ""
    assert is_loopback("http://[::1]:80")
