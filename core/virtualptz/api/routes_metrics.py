"""`GET /metrics`: what Prometheus scrapes."""

from fastapi import Request, Response
from prometheus_client.exposition import choose_encoder

from .metrics import Metrics
from .routing import new_router
from .services import ServicesNow

router = new_router("metrics")


@router.get(
    "/metrics",
    summary="Time series for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}}},
)
async def metrics(request: Request, services: ServicesNow) -> Response:
    """Of the jobs that run: a job's series end with it."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    scrape = Metrics(
        services.engine.jobs(),
        services.plugins,
        services.engine.detectors.workers,
        services.access.refusals.counts,
        services.engine.readiness(),
    )
    return Response(encode(scrape), media_type=media_type)
