"""The wire between simulated processes and the twins: every call takes time and may go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl

import httpx

from crossdock.rehearsal.sim.faults import Faults, Kind
from crossdock.rehearsal.sim.scheduler import Scheduler
from crossdock.testing.call_log import Call
from crossdock.testing.faults import Fault, FaultKind
from crossdock.testing.twin import Twin
from crossdock.testing.wire import TwinReply, TwinRequest

HANG_SECONDS = 60.0
UNSERVED = {Kind.RATE_LIMITED: FaultKind.RATE_LIMITED, Kind.SERVER_ERROR: FaultKind.SERVER_ERROR}


@dataclass(slots=True)
class Weather:
    """What a partner suffers for a while."""

    storm_until: datetime | None = None
    token_expired_until: datetime | None = None


@dataclass(slots=True)
class Wire(httpx.BaseTransport):
    """Reaches the twins by their host names, and nobody else."""

    scheduler: Scheduler
    faults: Faults
    twins: Mapping[str, Twin]
    latency_seconds: float
    """The longest a healthy call is under way, each direction."""
    weather: dict[str, Weather] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    """Keys of what the second execution of one call made: not our doing."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        twin = self.twins[host]
        asked = TwinRequest(
            request.method, request.url.path, dict(parse_qsl(request.url.query.decode())),
            {name.lower(): value for name, value in request.headers.items()}, request.read(),
        )  # fmt: skip
        if self.scheduler.current is None:
            return self._response(twin.handle(replace(asked, begun=len(twin.log.effects))))
        return self._response(self._call(host, twin, asked, _patience(request)))

    def _call(self, host: str, twin: Twin, asked: TwinRequest, patience: float) -> TwinReply:
        faults, place = self.faults, f"{host} {twin.operation(asked)}"
        self._travel(f"{place} there")
        if faults.strike(Kind.RESET_BEFORE, place):
            raise httpx.ConnectError("refused (simulated)")
        if reply := self._refused(host, twin, asked, place):
            self._log(twin, asked, reply.status, 0)
            return reply
        before = len(twin.log.effects)
        asked = replace(asked, begun=before)
        self._travel(f"{place} inside")
        reply = self._execute(twin, asked)
        if faults.strike(Kind.EXECUTED_TWICE, place):
            self._travel(f"{place} again")
            begun = len(twin.log.effects)
            reply = self._execute(twin, replace(asked, begun=begun))
            self.doubled.update(e.key for e in twin.log.effects[begun:])
        if faults.strike(Kind.HANG, place):
            self.scheduler.sleep(min(HANG_SECONDS, patience))
            if patience <= HANG_SECONDS:
                raise httpx.ReadTimeout("no reply (simulated)")
        self._travel(f"{place} back")
        if faults.strike(Kind.REPLY_LOST, place):
            raise httpx.RemoteProtocolError("closed without a reply (simulated)")
        if faults.strike(Kind.KILLED, place):
            self.scheduler.strike_dead()
        return reply

    def _execute(self, twin: Twin, asked: TwinRequest) -> TwinReply:
        before = len(twin.log.effects)
        number = twin.log.begin()
        reply = twin.handle(asked)
        self._log(twin, asked, reply.status, len(twin.log.effects) - before, number)
        return reply

    def _refused(self, host: str, twin: Twin, asked: TwinRequest, place: str) -> TwinReply | None:
        now, weather = self.scheduler.clock.now(), self.weather.get(host, Weather())
        if weather.token_expired_until and now < weather.token_expired_until:
            return TwinReply.of_json({"errors": "token expired"}, 401)
        if weather.storm_until and now < weather.storm_until:
            kind = Kind.SERVER_ERROR if self.faults.choose(place) < 0.5 else Kind.RATE_LIMITED
            return twin.fault_reply(Fault(UNSERVED[kind], seconds=5), asked)
        for kind, told in UNSERVED.items():
            if self.faults.strike(kind, place):
                return twin.fault_reply(Fault(told, seconds=5), asked)
        return None

    def _travel(self, question: str) -> None:
        self.scheduler.sleep(self.latency_seconds * self.faults.choose(question) ** 3)

    def _log(
        self, twin: Twin, asked: TwinRequest, status: int, effects: int, number: int = 0
    ) -> None:
        at = self.scheduler.clock.now().isoformat()
        operation = twin.operation(asked)
        twin.log.append(
            Call(number, at, operation, asked.method, asked.path, status, "", effects, 0.0)
        )

    def _response(self, reply: TwinReply) -> httpx.Response:
        date = format_datetime(self.scheduler.clock.now(), usegmt=True)
        return httpx.Response(
            reply.status, headers={**reply.headers, "date": date}, content=reply.body
        )


def _patience(request: httpx.Request) -> float:
    """How long its sender waits for the reply, in seconds."""
    timeout = request.extensions.get("timeout", {}).get("read")
    return float(timeout) if timeout else HANG_SECONDS
