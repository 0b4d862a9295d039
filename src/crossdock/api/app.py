"""The application: webhooks on a plain path, everything else through the framework."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from crossdock import __version__
from crossdock.api import problems
from crossdock.api.access import Reader
from crossdock.api.asgi import Receive, Scope, Send
from crossdock.api.context import ApiContext
from crossdock.api.description import description
from crossdock.api.hooks.acknowledge import Acknowledge
from crossdock.api.hooks.body import Bodies
from crossdock.api.hooks.door import doors_of
from crossdock.api.hooks.endpoint import PREFIX, Hooks
from crossdock.api.hooks.replies import too_many_headers
from crossdock.api.metrics import Metrics
from crossdock.api.problems import ProblemDocument
from crossdock.api.requests import BoundedRequests
from crossdock.api.routes import health, holds, messages, orders, scrape
from crossdock.api.settings import ApiSettings
from crossdock.bootstrap import Deployment
from crossdock.engine.refusals import RefusalLog

DESCRIPTION = """
What arrived, what was decided, what waits for a person. Every route but `/health` needs
`Authorization: Bearer <api key>`; a key sees its own company. Every error is a problem document
(RFC 9457) that names the field, the reason and the remedy.
"""
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "description": description}
    for status, description in {
        400: "The body is not JSON",
        401: "No valid API key",
        403: "The key's roles do not permit it",
        404: "Nobody here knows it",
        408: "The body did not arrive in time",
        409: "Somebody was quicker, or the id is ambiguous",
        413: "The body is too large",
        422: "The request is not what the description says",
        431: "The headers are too many or too large",
        503: "The database cannot be reached",
    }.items()
}


class Application:
    """The whole ASGI application of one process."""

    def __init__(
        self, deployment: Deployment, settings: ApiSettings, acknowledge: type[Acknowledge]
    ) -> None:
        self._deployment = deployment
        self._acknowledge = acknowledge
        self._settings = settings
        self._hooks: Hooks | None = None
        self._requests: BoundedRequests | None = None
        self._too_many_headers = too_many_headers(settings.headers_max)
        self.framework = FastAPI(
            title="Crossdock", version=__version__, description=DESCRIPTION,
            docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._lifespan,
            responses=ERRORS,
        )  # fmt: skip
        for part in (health, scrape, orders, holds, messages):
            self.framework.include_router(part.router)
        self.framework.add_api_route("/openapi.json", self._openapi, include_in_schema=False)
        problems.install(self.framework)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._hooks is None or self._requests is None or scope["type"] != "http":
            await self.framework(scope, receive, send)
        elif len(scope["headers"]) > self._settings.headers_max:
            await send(self._too_many_headers.start)
            await send(self._too_many_headers.body)
        elif scope["path"].startswith(PREFIX):
            await self._hooks(scope, receive, send)
        else:
            await self._requests(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, framework: FastAPI) -> AsyncIterator[None]:
        store, clock = self._deployment.store, self._deployment.clock
        doors = doors_of(self._deployment.registry)
        metrics = Metrics(doors)
        acknowledge = self._acknowledge(store, clock, self._settings, metrics.observe)
        refusals = RefusalLog(store, clock)
        framework.state.context = ApiContext(self._deployment, acknowledge, metrics)
        settings = self._settings
        slow, together = settings.body_seconds_max, settings.reading_bytes_max
        bodies = Bodies(settings.body_bytes_max, slow, together)
        requests = Bodies(settings.request_bytes_max, slow, together)
        acknowledge.start()
        refusals.start()
        watches = [asyncio.create_task(b.watch()) for b in (bodies, requests)]
        left_out = self._deployment.registry.left_out
        self._hooks = Hooks(doors, bodies, acknowledge, refusals, settings, left_out)
        self._requests = BoundedRequests(framework, requests, settings.request_bytes_max)
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await acknowledge.stop()
            refusals.stop()

    def _openapi(self, caller: Reader) -> dict[str, Any]:  # noqa: ARG002
        return description(self.framework)


def app(
    deployment: Deployment,
    settings: ApiSettings | None = None,
    acknowledge: type[Acknowledge] = Acknowledge,
) -> Application:
    """The application on an open deployment; it starts and ends with its lifespan.

    `acknowledge` is replaced by benchmarks, to measure what durability costs.
    """
    return Application(deployment, settings or ApiSettings(), acknowledge)
