"""What detectors say of the play, and which of them the agent runs itself."""

from typing import Annotated

from fastapi import Header

from ..jobs.status import DetectorStatus
from ..redact import mask
from ..tracking.worker.mark import WORKER_HEADER
from ..wire.base import JobRequest
from ..wire.detector import DetectorAnswer, DetectorStartRequest
from ..wire.tracking import TrackingKnown, TrackingRequest, TrackingStored, TrackingUnknown
from .routes_preview import require
from .routing import new_router, refusals
from .services import ServicesNow

router = new_router("tracking")

Mark = Annotated[str | None, Header(alias=WORKER_HEADER, include_in_schema=False)]


@router.post("/runner/tracking/update", summary="Report what is tracked", responses=refusals(404, 422))
async def update(body: TrackingRequest, services: ServicesNow, worker: Mark = None) -> TrackingStored:
    require(services.engine, body.job_id, "ingest")
    record = await services.engine.update_tracking(body.job_id, body.update, worker)
    fields = record.update.model_dump()
    return TrackingStored(**fields, job_id=body.job_id, updated_at=record.updated_at)


@router.post("/runner/tracking/status", summary="What is known of the play")
async def status(body: JobRequest, services: ServicesNow) -> TrackingKnown | TrackingUnknown:
    """Until something has reported, the built-in simulation's, with the source `runner-sim`."""
    known = services.engine.status(body.job_id).kind == "ingest"
    record = await services.engine.tracking(body.job_id) if known else None
    if record is None:
        return TrackingUnknown(job_id=body.job_id)
    fields = record.update.model_dump()
    return TrackingKnown(**fields, job_id=body.job_id, updated_at=record.updated_at)


@router.post("/runner/tracking/start", summary="Run a detector", responses=refusals(404, 409, 422))
async def start(body: DetectorStartRequest, services: ServicesNow) -> DetectorAnswer:
    """One that waits to be started again is started at once. 422 where it is unknown or lacks something."""
    status = await services.engine.detectors.start(body.job_id, body.detector)
    return _told(body.job_id, status)


@router.post("/runner/tracking/stop", summary="Run no detector", responses=refusals(404, 409))
async def stop(body: JobRequest, services: ServicesNow) -> DetectorAnswer:
    """What it told last stays the tracking's status; the camera does as it does with one that is silent."""
    return _told(body.job_id, await services.engine.detectors.stop(body.job_id))


def _told(job_id: str, status: DetectorStatus) -> DetectorAnswer:
    return DetectorAnswer(
        job_id=job_id,
        detector=status.name,
        detector_state=status.state,
        detector_problem=None if status.problem is None else mask(status.problem),
        detector_next_attempt_in=status.next_attempt_in,
    )
