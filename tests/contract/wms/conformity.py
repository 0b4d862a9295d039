"""Every exchange and every webhook is held against the published OpenAPI document."""

import json
import re
from typing import Any

import httpx
from pydantic import TypeAdapter

from crossdock.connectors.wms.contract import Event
from crossdock.connectors.wms.contract.fulfilment_orders import STATUSES
from crossdock.connectors.wms.contract.openapi import MODELS, document
from crossdock.connectors.wms.contract.values import surplus_fields

DOCUMENT = document()
MODELS_BY_NAME = {model.__name__: model for model in MODELS}
EVENT = TypeAdapter(Event)


class Nonconforming(AssertionError):
    """Something on the wire is not as the document says."""


def described(method: str, path: str) -> dict[str, Any]:
    """The operation of a request."""
    for pattern, operations in DOCUMENT["paths"].items():
        regex = re.sub(r"\{\w+\}", "[^/]+", pattern)
        if re.fullmatch(regex, path) and method.lower() in operations:
            return operations[method.lower()]
    raise Nonconforming(f"the document has no {method} {path}")


def check_body(schema_of: dict[str, Any], body: bytes) -> None:
    """Against `content.application/json.schema` of a request or a response."""
    name = schema_of["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    value = json.loads(body)
    read = MODELS_BY_NAME[name].model_validate(value)
    surplus = surplus_fields(read, value)
    if surplus:
        raise Nonconforming(f"{name} has no {surplus}")
    statuses = set(re.findall(rb'"status":"(\w+)"', body)) - {b"active", b"disabled"}
    if not statuses <= {s.encode() for s in STATUSES}:
        raise Nonconforming(f"{name}: unknown status {statuses}")


def check_event(body: bytes) -> None:
    """A webhook's body."""
    value = json.loads(body)
    surplus = surplus_fields(EVENT.validate_python(value), value)
    if surplus:
        raise Nonconforming(f"an event has no {surplus}")


class ConformingTransport(httpx.BaseTransport):
    """Passes requests on, having held them and their replies against the document."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.checked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        operation = described(request.method, request.url.raw_path.decode().partition("?")[0])
        known = {parameter["name"] for parameter in operation.get("parameters", ())}
        if surplus := set(request.url.params) - known:
            raise Nonconforming(f"{operation['operationId']} has no parameter {surplus}")
        if "requestBody" in operation:
            check_body(operation["requestBody"], request.read())
        elif request.read():
            raise Nonconforming(f"{operation['operationId']} takes no body")
        reply = self._inner.handle_request(request)
        reply.read()
        answers = operation["responses"]
        if reply.headers.get("content-type") == "application/json":
            check_body(answers.get(str(reply.status_code), answers["default"]), reply.content)
        self.checked.append(operation["operationId"])
        return reply

    def close(self) -> None:
        self._inner.close()
