"""Twins of this process behind the faces that the rehearsal knows."""

from dataclasses import dataclass
from typing import Any

from crossdock.rehearsal.odoo_records import CONTEXT, OdooRecords
from crossdock.testing.control import PREFIX, control
from crossdock.testing.twin import Twin
from crossdock.testing.wire import TwinReply, TwinRequest


@dataclass(slots=True)
class TwinHere:
    """A twin by its control endpoints, as `rehearsal.house.Twin`."""

    twin: Twin

    def get(self, name: str) -> Any:
        return self._control("GET", name, None)

    def put(self, name: str, value: Any) -> Any:
        return self._control("PUT", name, value)

    def post(self, name: str, value: Any) -> Any:
        return self._control("POST", name, value)

    def _control(self, method: str, name: str, value: Any) -> Any:
        body = b"" if value is None else TwinReply.of_json(value).body
        reply = control(self.twin, TwinRequest(method, PREFIX + name, body=body))
        if reply.status != 200:
            raise RuntimeError(f"{method} {name} answered {reply.status}: {reply.body!r}")
        return TwinRequest(method, name, body=reply.body).json()


@dataclass(slots=True)
class OdooHere(OdooRecords):
    """Odoo's twin, asked without a network."""

    twin: Twin | None = None

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        assert self.twin is not None
        headers = {
            "authorization": f"bearer {self.key}", "x-odoo-database": self.database,
            "content-type": "application/json",
        }  # fmt: skip
        body = TwinReply.of_json({"context": CONTEXT, **arguments}).body
        request = TwinRequest(
            "POST", f"/json/2/{model}/{method}", headers=headers, body=body,
            begun=len(self.twin.log.effects),
        )  # fmt: skip
        reply = self.twin.handle(request)
        if reply.status != 200:
            raise RuntimeError(f"{model}.{method} answered {reply.status}: {reply.body!r}")
        return TwinRequest("POST", "", body=reply.body).json()
