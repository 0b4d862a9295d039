"""The OpenAPI 3.1 document of the Warehouse API, made from the models that are in use.

`python -m crossdock.connectors.wms.contract.openapi` prints it.
"""

import json
import sys
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from crossdock.connectors.wms.contract import events, fulfilment_orders, service
from crossdock.connectors.wms.contract.operations import (
    OPERATIONS,
    PARAMETERS,
    TAGS,
    Operation,
    Parameter,
)
from crossdock.connectors.wms.contract.values import API_VERSION

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
MODELS: tuple[type[BaseModel], ...] = (
    fulfilment_orders.FulfilmentOrder,
    fulfilment_orders.FulfilmentOrderState,
    fulfilment_orders.FulfilmentOrderBatch,
    fulfilment_orders.FulfilmentOrderBatchResult,
    fulfilment_orders.FulfilmentOrderPage,
    fulfilment_orders.Cancellation,
    fulfilment_orders.CancellationDecision,
    events.EventPage,
    service.Health,
    service.Problem,
    service.WebhookSubscription,
    service.WebhookSubscriptionList,
    service.WebhookSubscriptionWanted,
)
EVENTS_BY_TYPE = {
    **dict.fromkeys(events.FULFILMENT_EVENT_TYPES, "FulfilmentEvent"),
    events.STOCK_COUNTED: "StockCounted",
    events.STOCK_ADJUSTED: "StockAdjusted",
}
ABOUT = (
    "What a warehouse system implements so that Crossdock can send it fulfilment orders and hear"
    " what became of them. Whoever receives ignores fields it does not know. Quantities are exact"
    " decimals written as text."
)
SIGNED = (
    "Signed as Standard Webhooks describes: `webhook-id` is the event's id, `webhook-timestamp`"
    " seconds since 1970, `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over"
    " `id.timestamp.body` with the shared secret; several signatures are separated by spaces while"
    " a secret is exchanged. Any 2xx ends the delivery, anything else is tried again. A delivery is"
    " taken however old its timestamp is: an event is a fact with an id of its own, so late ones"
    " are wanted and repeated ones change nothing."
)


class _WithoutFieldTitles(GenerateJsonSchema):
    """A field's name is title enough."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - overridden
        return False


def document() -> Json:
    """The whole document, JSON-able."""
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Warehouse API", "version": API_VERSION, "description": ABOUT},
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {"event": {"post": _webhook()}},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    }


def schemas() -> Json:
    """JSON Schemas of all objects, by name."""
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in MODELS]
    _, found = models_json_schema(
        wanted, ref_template=REF, schema_generator=_WithoutFieldTitles
    )  # fmt: skip
    names = sorted(set(EVENTS_BY_TYPE.values()))
    event = {
        "oneOf": [{"$ref": REF.format(model=name)} for name in names],
        "discriminator": {
            "propertyName": "type",
            "mapping": {k: REF.format(model=name) for k, name in EVENTS_BY_TYPE.items()},
        },
    }
    found["$defs"]["EventPage"]["properties"]["events"]["items"] = _ref("Event")
    return dict(sorted({**found["$defs"], "Event": event}.items()))


def _operation(operation: Operation) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": {
            **{str(status): _content(text, name) for status, text, name in operation.answers},
            "default": _content("A problem: nothing was done unless 5xx", "Problem"),
        },
    }
    parameters = [*operation.parameters]
    if "{fulfilment_id}" in operation.path:
        parameters.insert(0, PARAMETERS["fulfilment_id"])
    if parameters:
        described["parameters"] = [_parameter(p) for p in parameters]
    if operation.body:
        described["requestBody"] = {"required": True, **_content("", operation.body)}
        del described["requestBody"]["description"]
    return described


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _webhook() -> Json:
    headers = {
        "webhook-id": "The event's id",
        "webhook-timestamp": "Seconds since 1970",
        "webhook-signature": "`v1,<base64>`, several separated by spaces",
    }
    return {
        "operationId": "event",
        "tags": ["events"],
        "summary": "An event, sent to every subscription",
        "description": SIGNED,
        "security": [],
        "parameters": [
            _parameter(Parameter(name, "header", text, {"type": "string"}))
            | {"required": True}
            for name, text in headers.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Event")}},
        },
        "responses": {
            "2XX": {"description": "It is kept"},
            "401": {"description": "The signature is not right"},
        },
    }  # fmt: skip


def _content(text: str, model: str) -> Json:
    return {"description": text, "content": {"application/json": {"schema": _ref(model)}}}


def _ref(model: str) -> Json:
    return {"$ref": REF.format(model=model)}


def document_text() -> str:
    """The document as it is published."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document_text())
