"""Where the camera on air looks."""

from .routes_preview import require
from .routing import new_router, refusals
from .schemas import PtzAnswer, PtzRequest
from .services import ServicesNow

router = new_router("ptz")


@router.post("/runner/ptz/update", summary="Move the camera on air", responses=refusals(404, 409, 422))
async def update(body: PtzRequest, services: ServicesNow) -> PtzAnswer:
    """Takes the camera from the automatic for a while; a preview's id is unknown here."""
    require(services.engine, body.job_id, "ingest")
    outcome = await services.engine.ptz(body.job_id, body.view)
    return PtzAnswer(
        job_id=body.job_id,
        ptz=outcome.view,
        applied=outcome.applied,
        queued=outcome.queued,
        reason=outcome.reason,
    )
