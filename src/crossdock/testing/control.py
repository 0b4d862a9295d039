"""The control endpoints of a twin, by which another process counts and strikes.

`GET /_twin/log?after=&limit=`   `GET /_twin/effects?after=&limit=`   `GET /_twin/state`
`GET|PUT /_twin/faults` {"faults": [rule…], "seed": n}   `PUT|POST /_twin/reset`
`GET|PUT /_twin/webhooks` plan, counts and subscriptions of a twin that sends; PUT takes a plan
and whatever the twin adds. They are neither struck, delayed nor logged.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from crossdock.testing.faults import Fault
from crossdock.testing.twin import ControlHandler, Json, Twin
from crossdock.testing.webhook_sender import WebhookPlan
from crossdock.testing.wire import TwinReply, TwinRequest

PREFIX = "/_twin/"
LIMIT_DEFAULT = 100_000


def control(twin: Twin, request: TwinRequest) -> TwinReply:
    """Answer a control request; 404 for an unknown one, 400 for one that makes no sense."""
    name = request.path.removeprefix(PREFIX).strip("/")
    try:
        with twin.lock:
            value = _answer(twin, name, request)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        return TwinReply.of_json({"error": f"{name}: {error!r}"}, 400)
    if value is None:
        return TwinReply.of_json({"error": f"no {request.method} {request.path} here"}, 404)
    return TwinReply.of_json(value)


def reset(twin: Twin) -> None:
    """Seed state, empty log, no faults, nothing to send."""
    with twin.lock:
        twin.log.reset()
        twin.faults.clear()
        twin.reset()
        if twin.webhooks:
            twin.webhooks.clear()


def _answer(twin: Twin, name: str, request: TwinRequest) -> Any:
    if name in ("log", "effects"):
        return _log(twin, name, request.query)
    first, _, rest = name.partition("/")
    handler = twin.controls().get(first) or _shared(twin).get(name)
    return handler and handler(request.method, rest, request.json() if request.body else {})


def _shared(twin: Twin) -> Mapping[str, ControlHandler]:
    handlers = {"state": _state, "faults": _faults, "reset": _reset, "webhooks": _webhooks}
    return {name: partial(handler, twin) for name, handler in handlers.items()}


def _log(twin: Twin, name: str, query: Mapping[str, str]) -> Any:
    after = int(query.get("after", "0"))
    limit = int(query.get("limit", str(LIMIT_DEFAULT)))
    chosen = twin.log.calls_json if name == "log" else twin.log.effects_json
    return chosen(after, limit)


def _state(twin: Twin, _method: str, _rest: str, _given: Json) -> Any:
    return twin.state()


def _faults(twin: Twin, method: str, _rest: str, given: Json) -> Json:
    if method == "PUT":
        rules = [Fault.from_json(rule) for rule in given["faults"]]
        if "seed" in given:
            twin.faults.seed(int(given["seed"]))
        twin.faults.replace(rules)
    return twin.faults.to_json()


def _reset(twin: Twin, method: str, _rest: str, _given: Json) -> Json | None:
    if method not in ("PUT", "POST"):
        return None
    reset(twin)
    return {"reset": True}


def _webhooks(twin: Twin, method: str, _rest: str, given: Json) -> Json | None:
    if twin.webhooks is None:
        return None
    if method == "PUT":
        twin.webhooks.use(WebhookPlan.from_json(given))
    return twin.webhooks.to_json()
