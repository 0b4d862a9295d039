"""The twin: one shop behind HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.connectors.shopify.twin.controls import Controls
from crossdock.connectors.shopify.twin.endpoint import GraphqlEndpoint
from crossdock.connectors.shopify.twin.order_factory import Mixture
from crossdock.connectors.shopify.twin.resolvers import Resolvers
from crossdock.connectors.shopify.twin.shop_state import ShopState
from crossdock.connectors.shopify.twin.throttle import LeakyBucket
from crossdock.connectors.shopify.twin.webhooks import ShopWebhooks
from crossdock.engine.clock import Clock
from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.twin import ControlHandler, Twin
from crossdock.testing.wire import TwinReply, TwinRequest

API_VERSION = "2026-07"
PATH = f"/admin/api/{API_VERSION}/graphql.json"
TOKEN = "shpat_twin"
SECRET = "twin-client-secret"
ARMED_TOPICS = ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED")


class ShopTwin(Twin):
    """A shop: `shop` holds its orders, `webhooks` sends them, `bucket` limits the Admin API.

    Faults: `rate_limited` answers THROTTLED (HTTP 200), or HTTP 429 when the rule's status is 429.
    Lost, late, doubled and reordered webhooks are set in `webhooks.plan`.
    """

    title = "Shopify"
    webhooks: ShopWebhooks

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int = 1,
        token: str = TOKEN,
        secret: str = SECRET,
        webhook_url: str = "",
        mixture: Mixture | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.token = token
        self.webhook_url = webhook_url
        self.shop = ShopState(seed, mixture)
        self.bucket = LeakyBucket()
        self.resolvers = Resolvers(self.shop, self.log.effect)
        self.webhooks = ShopWebhooks(self.shop, secret, self.lock, self.clock.now)
        self.shop.on_event = self.webhooks.event
        self._endpoint = GraphqlEndpoint(self.resolvers, self.bucket)
        self._controls = Controls(self)
        self._arm()

    def handle(self, request: TwinRequest) -> TwinReply:
        """POST of a GraphQL document; anything else is refused as Shopify refuses it."""
        headers = {"x-shopify-api-version": API_VERSION}
        if request.headers.get("x-shopify-access-token") != self.token:
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return TwinReply.of_json({"errors": message}, 401, headers)
        if request.method != "POST" or request.path != PATH:
            return TwinReply.of_json({"errors": "Not Found"}, 404, headers)
        try:
            wanted = request.json()
        except ValueError:
            return TwinReply.of_json({"errors": "Bad Request"}, 400, headers)
        if not isinstance(wanted, dict) or not isinstance(wanted.get("query"), str):
            return TwinReply.of_json({"errors": "Required parameter missing: query"}, 400, headers)
        now = self.clock.now()
        self.shop.run_jobs(now)
        return TwinReply.of_json(self._endpoint.answer(wanted, now), 200, headers)

    def operation(self, request: TwinRequest) -> str:
        """The operation's name in the GraphQL document."""
        try:
            wanted = request.json()
        except ValueError:
            return "unreadable"
        return str(wanted.get("operationName")) if isinstance(wanted, dict) else "unreadable"

    def refused(self, reply: TwinReply) -> bool:
        """Shopify refuses GraphQL with HTTP 200 and `errors`."""
        return reply.status >= 400 or b'"errors":' in reply.body

    def canaries(self) -> Sequence[TwinRequest]:
        """A wrong token, an unknown field, an input that misses what is required, no page size, a
        refund without an idempotency key, and a quantity that is not compared with any."""
        return (
            self._canary("{ shop { name } }", token="wrong"),
            self._canary("{ shop { nonsense } }"),
            self._canary('{ order(id: "gid://shopify/Order/1") { updated_at } }'),
            self._canary(
                'mutation { metafieldsSet(metafields: [{key: "k", value: "{}"}]) '
                "{ userErrors { message } } }"
            ),
            self._canary("{ orders(sortKey: UPDATED_AT) { nodes { id } } }"),
            self._canary(
                'mutation { refundCreate(input: {orderId: "gid://shopify/Order/1"}) '
                "{ userErrors { message } } }"
            ),
            self._canary(
                'mutation { inventorySetQuantities(input: {name: "available", reason: "correction",'
                ' quantities: [{inventoryItemId: "gid://shopify/InventoryItem/1", locationId:'
                ' "gid://shopify/Location/1", quantity: 1}]}) @idempotent(key: "canary") '
                "{ userErrors { message } } }"
            ),
        )

    def _canary(self, query: str, token: str = "") -> TwinRequest:
        body = TwinReply.of_json({"query": query}).body
        headers = {"x-shopify-access-token": token or self.token}
        return TwinRequest("POST", PATH, headers=headers, body=body)

    def fault_reply(self, fault: Fault, request: TwinRequest) -> TwinReply:
        """THROTTLED as Shopify words it."""
        if fault.kind is not FaultKind.RATE_LIMITED or fault.status == 429:
            return super().fault_reply(fault, request)
        cost = 100
        available = cost - fault.seconds * self.bucket.restore_rate
        return TwinReply.of_json(self._endpoint.throttled(cost, self.clock.now(), available))

    def reset(self) -> None:
        """No orders; webhooks armed at `webhook_url`, when there is one."""
        self.shop.clear()
        self._arm()

    def _arm(self) -> None:
        self.shop.subscriptions.clear()
        if self.webhook_url:
            for topic in ARMED_TOPICS:
                self.shop.subscribe(topic, self.webhook_url)

    def state(self) -> Any:
        """Orders as they stand: the truth a rehearsal compares with."""
        return self._controls.state()

    def controls(self) -> Mapping[str, ControlHandler]:
        return self._controls.handlers
