"""The control endpoints of a twin, by which another process counts and strikes.

`GET /_twin/log?after=&limit=`   `GET /_twin/effects?after=&limit=`   `GET /_twin/state`
`GET|PUT /_twin/faults` {"faults": [rule…], "seed": n}   `PUT|POST /_twin/reset`
and whatever the twin adds. They are neither struck, delayed nor logged.
"""

from crossdock.testing.faults import Fault
from crossdock.testing.twin import Twin
from crossdock.testing.wire import TwinReply, TwinRequest

PREFIX = "/_twin/"
LIMIT_DEFAULT = 100_000


def control(twin: Twin, request: TwinRequest) -> TwinReply:
    """Answer a control request; 404 for an unknown one, 400 for rules it cannot understand."""
    name = request.path.removeprefix(PREFIX).strip("/")
    with twin.lock:
        own = twin.control(name, request)
        if own is not None:
            return own
        if name in ("log", "effects"):
            return _log(twin, name, request)
        if name == "state":
            return TwinReply.of_json(twin.state())
        if name == "faults":
            return _faults(twin, request)
        if name == "reset" and request.method in ("PUT", "POST"):
            reset(twin)
            return TwinReply.of_json({"reset": True})
    return TwinReply.of_json({"error": f"no {request.method} {request.path} here"}, 404)


def reset(twin: Twin) -> None:
    """Seed state, empty log, no faults."""
    with twin.lock:
        twin.log.reset()
        twin.faults.clear()
        twin.reset()


def _log(twin: Twin, name: str, request: TwinRequest) -> TwinReply:
    after = int(request.query.get("after", "0"))
    limit = int(request.query.get("limit", str(LIMIT_DEFAULT)))
    chosen = twin.log.calls_json if name == "log" else twin.log.effects_json
    return TwinReply.of_json(chosen(after, limit))


def _faults(twin: Twin, request: TwinRequest) -> TwinReply:
    if request.method == "PUT":
        try:
            wanted = request.json()
            rules = [Fault.from_json(rule) for rule in wanted["faults"]]
        except (ValueError, TypeError, KeyError) as error:
            return TwinReply.of_json({"error": f"fault rules: {error!r}"}, 400)
        if "seed" in wanted:
            twin.faults.seed(int(wanted["seed"]))
        twin.faults.replace(rules)
    return TwinReply.of_json(twin.faults.to_json())
