"""The smallest twin: `POST /count` adds one record, anything else is refused."""

from crossdock.testing.twin import Twin
from crossdock.testing.wire import TwinReply, TwinRequest


class CounterTwin(Twin):
    title = "counter"

    def __init__(self, *, gullible: bool = False) -> None:
        super().__init__()
        self.count = 0
        self.gullible = gullible

    def operation(self, request: TwinRequest) -> str:
        return request.path.strip("/")

    def handle(self, request: TwinRequest) -> TwinReply:
        if request.path == "/count" and request.method == "POST":
            self.count += 1
            self.log.effect("created", "counter", str(self.count))
            return TwinReply.of_json({"count": self.count})
        if request.path == "/read":
            return TwinReply.of_json({"count": self.count})
        return TwinReply.of_json({"error": "unknown"}, 200 if self.gullible else 404)

    def canaries(self) -> list[TwinRequest]:
        return [TwinRequest("POST", "/nonsense")]

    def orders_in(self, request: TwinRequest) -> int:
        return 1 if request.path == "/count" else 0

    def state(self) -> dict[str, int]:
        return {"count": self.count}

    def reset(self) -> None:
        self.count = 0
