"""`python -m crossdock.connectors.wms.twin --port 8002 --auto --behaviour '{"rejected": 0.1}'`"""

import json

from crossdock.connectors.wms.twin.behaviour import Behaviour
from crossdock.connectors.wms.twin.wms_twin import SECRET, TOKEN, WmsTwin
from crossdock.testing.twin_server import arguments, run
from crossdock.testing.webhook_sender import WebhookPlan


def main() -> None:
    """Serve a warehouse until interrupted; prints its URL once it listens."""
    parser = arguments(WmsTwin.title)
    parser.add_argument("--token", default=TOKEN, help="bearer token it accepts")
    parser.add_argument("--secret", default=SECRET, help="secret it signs webhooks with")
    parser.add_argument("--webhook-url", default="", help="where webhooks are sent from the start")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--auto", action="store_true", help="works by itself")
    parser.add_argument("--behaviour", type=json.loads, default={}, help='{"short_picks": 0.1, …}')
    parser.add_argument("--webhooks", type=json.loads, default={}, help='{"lost": 0.1, …}')
    options = parser.parse_args()
    given = {"seed": options.seed, "auto": options.auto, **options.behaviour}
    twin = WmsTwin(
        seed=options.seed, token=options.token, secrets=(options.secret,),
        webhook_url=options.webhook_url, behaviour=Behaviour.from_json(given),
    )  # fmt: skip
    twin.webhooks.use(WebhookPlan.from_json(options.webhooks))
    run(twin, options)


if __name__ == "__main__":
    main()
