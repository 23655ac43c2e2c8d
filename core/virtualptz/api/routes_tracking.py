"""What detectors say of the play."""

from .routes_preview import require
from .routing import new_router, refusals
from .schemas import JobRequest, TrackingKnown, TrackingRequest, TrackingStored, TrackingUnknown
from .services import ServicesNow

router = new_router("tracking")


@router.post("/runner/tracking/update", summary="Report what is tracked", responses=refusals(404, 422))
async def update(body: TrackingRequest, services: ServicesNow) -> TrackingStored:
    require(services.engine, body.job_id, "ingest")
    record = await services.engine.update_tracking(body.job_id, body.update)
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
