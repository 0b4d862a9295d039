"""What routes work with."""

from dataclasses import dataclass

from fastapi import Request

from crossdock.api.hooks.acknowledge import Acknowledge
from crossdock.api.metrics import Metrics
from crossdock.bootstrap import Deployment


@dataclass(slots=True)
class ApiContext:
    """One API process: its deployment and its receiving path."""

    deployment: Deployment
    acknowledge: Acknowledge
    metrics: Metrics


def context_of(request: Request) -> ApiContext:
    """The context of the application that serves the request."""
    context: ApiContext = request.app.state.context
    return context
