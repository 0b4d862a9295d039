"""`python -m crossdock.connectors.shopify.twin --port 8001 --webhook-url http://127.0.0.1:8000/…`"""

import json
from pathlib import Path

from crossdock.connectors.shopify.twin.catalogue import Catalogue
from crossdock.connectors.shopify.twin.order_factory import PLAIN, Mixture
from crossdock.connectors.shopify.twin.shop_twin import SECRET, TOKEN, ShopTwin
from crossdock.testing.twin_server import arguments, run
from crossdock.testing.webhook_sender import WebhookPlan


def main() -> None:
    """Serve a shop until interrupted; prints its URL once it listens."""
    parser = arguments(ShopTwin.title)
    parser.add_argument("--webhook-url", default="", help="where armed webhooks are sent")
    parser.add_argument("--token", default=TOKEN, help="access token it accepts")
    parser.add_argument("--secret", default=SECRET, help="client secret it signs with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="only what an ERP books unasked")
    parser.add_argument("--catalogue", type=Path, help="JSON file with items and people")
    parser.add_argument("--webhooks", type=json.loads, default={}, help='{"lost": 0.1, …}')
    options = parser.parse_args()
    twin = ShopTwin(
        seed=options.seed, token=options.token, secret=options.secret,
        webhook_url=options.webhook_url, mixture=PLAIN if options.plain else Mixture(),
    )  # fmt: skip
    if options.catalogue:
        twin.shop.use(Catalogue.from_json(json.loads(options.catalogue.read_text("utf-8"))))
    twin.webhooks.use(WebhookPlan.from_json(options.webhooks))
    run(twin, options)


if __name__ == "__main__":
    main()
