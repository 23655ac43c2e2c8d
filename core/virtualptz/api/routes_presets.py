"""Views of a camera by name, and the way to them."""

from collections.abc import Sequence

from ..jobs.status import Preset
from ..wire.presets import NamedView, PresetList, PresetsRequest, RecallAnswer, RecallRequest
from .routes_preview import require
from .routing import new_router, refusals
from .services import ServicesNow

router = new_router("ptz")


@router.post(
    "/runner/ptz/presets",
    summary="Store, list or delete views by name",
    responses=refusals(404, "unknown-preset", 409, 422, "store-failed"),
)
async def presets(body: PresetsRequest, services: ServicesNow) -> PresetList:
    """They belong to the source: all jobs that read it share them, later ones too."""
    require(services.engine, body.job_id, "ingest")
    cameras, job_id, name = services.engine.cameras, body.job_id, body.name
    if name is None:
        return _listed(job_id, await cameras.presets(job_id))
    if body.delete:
        return _listed(job_id, await cameras.drop(job_id, name))
    kept = await cameras.keep(job_id, name, center_x=body.center_x, center_y=body.center_y, zoom=body.zoom)
    return _listed(job_id, kept)


@router.post(
    "/runner/ptz/presets/recall",
    summary="Glide to a view by name",
    responses=refusals(404, "unknown-preset", 409, 422, "store-failed"),
)
async def recall(body: RecallRequest, services: ServicesNow) -> RecallAnswer:
    """Takes the camera over as `ptz/update` does, from the moment on at which it arrives."""
    require(services.engine, body.job_id, "ingest")
    outcome = await services.engine.cameras.recall(body.job_id, body.name, body.glide_seconds)
    return RecallAnswer(
        job_id=body.job_id,
        name=outcome.preset.name,
        ptz=outcome.preset.view,
        glide_seconds=outcome.glide_seconds,
        applied=outcome.applied,
        queued=not outcome.applied,
        reason="applied" if outcome.applied else "job_starting",
    )


def _listed(job_id: str, presets: Sequence[Preset]) -> PresetList:
    named = [
        NamedView(**preset.view.model_dump(), name=preset.name, updated_at=preset.updated_at)
        for preset in presets
    ]
    return PresetList(job_id=job_id, presets=named)
