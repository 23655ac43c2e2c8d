"""Ingests: a camera in, a program out."""

from fastapi import Response

from ..jobs.status import JobStatus, Once
from ..wire.base import JobRequest
from ..wire.ingest import IngestStarted, IngestStartRequest, IngestStopped
from .asked import camera_asked
from .repeats import STARTS, Key, started_once
from .routing import new_router, refusals
from .services import ServicesNow
from .sources import checked_source

router = new_router("ingest")


@router.post(
    "/runner/ingest/start", summary="Put a camera on air", responses=refusals(*STARTS, "target-in-use")
)
async def start(
    body: IngestStartRequest, services: ServicesNow, answer: Response, key: Key = None
) -> IngestStarted:
    async def begin(once: Once | None) -> JobStatus:
        return await services.engine.start_ingest(
            session_id=body.session_id,
            source=await checked_source(body.source_uri_ref, services.settings),
            profile=body.profile,
            replica_index=body.replica_index,
            camera=camera_asked(body),
            detector=body.detector,
            once=once,
        )

    job_id = await started_once(services, "ingest", key, body, answer, begin)
    return IngestStarted(job_id=job_id, state="running")


@router.post("/runner/ingest/stop", summary="Take it off air")
async def stop(body: JobRequest, services: ServicesNow) -> IngestStopped:
    """An unknown job is as good as stopped, and so is a preview's id: nothing is done."""
    if services.engine.status(body.job_id).kind == "ingest":
        await services.engine.stop(body.job_id)
    return IngestStopped()
