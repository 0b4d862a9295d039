"""`GET /metrics`: Prometheus scrapes here."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from crossdock.api.access import Reader
from crossdock.api.metrics import Once, backlog_gauges
from crossdock.ops.status import read_status

router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Metrics in Prometheus' text format", response_class=Response)
def metrics(caller: Reader) -> Response:
    """Counters of this process since its start; gauges as they are now, of the caller's company."""
    context = caller.context
    now = context.deployment.clock.now()
    with caller.transaction() as tx:
        status = read_status(tx, now)
    gauges = CollectorRegistry()
    gauges.register(Once(backlog_gauges(status, context.acknowledge.count)))
    text = generate_latest(context.metrics.registry) + generate_latest(gauges)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
