"""Whether the agent runs, and whether it could take a job: for who manages services, without a key."""

from fastapi import APIRouter, Response

from ..wire.health import Check, Health, Healthz, Readyz, Word
from .services import ServicesNow

NOT_READY = 503

router = APIRouter(tags=["health"])


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="Whether the agent runs, and how many jobs")
async def read_health(services: ServicesNow) -> Health:
    previews, ingests = services.engine.counts()
    return Health(preview_jobs=previews, ingest_jobs=ingests)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Whether this process answers")
async def read_healthz() -> Healthz:
    """Of nothing else: no disk, no job, no other process. Only this one is a reason to restart the agent."""
    return Healthz()


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Whether the agent could take a job now",
    responses={NOT_READY: {"model": Readyz, "description": "it could not: `checks` has a word for why"}},
)
async def read_readyz(services: ServicesNow, response: Response) -> Readyz:
    """Not a reason to restart anything: jobs that are on air go on."""
    readiness = services.engine.readiness()
    if not readiness.ready:
        response.status_code = NOT_READY
    checks: dict[Check, Word] = readiness.words
    return Readyz(ready=readiness.ready, checks=checks)
