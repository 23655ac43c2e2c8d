"""Previews: a source seen through a view of its own, as MJPEG in a browser."""

from urllib.parse import quote

from fastapi import Request, Response

from ..errors import UnknownJobError
from ..model import JobKind
from .mjpeg import HEADERS, MEDIA_TYPE, MjpegResponse
from .routing import new_router, refusals
from .schemas import (
    JobRequest,
    PreviewMoved,
    PreviewProfile,
    PreviewStarted,
    PreviewStartRequest,
    PreviewStopped,
    Ptz,
    PtzRequest,
)
from .services import Engine, Services, ServicesNow
from .sources import checked_source

router = new_router("preview")


@router.post("/runner/preview/start", summary="Start a preview", responses=refusals(422, 503))
async def start(body: PreviewStartRequest, services: ServicesNow) -> PreviewStarted:
    wanted, settings = body.profile or PreviewProfile(), services.settings
    job = await services.engine.start_preview(
        source=await checked_source(body.source_uri_ref, settings),
        fps=settings.preview_mjpeg_fps if wanted.fps is None else wanted.fps,
        scale=settings.preview_mjpeg_scale if wanted.scale is None else wanted.scale,
        q=settings.preview_mjpeg_q if wanted.quality is None else wanted.quality,
        view=(wanted.ptz or Ptz()).view,
        start_seconds=wanted.start_seconds or 0.0,
    )
    return PreviewStarted(job_id=job.job_id, preview_url=preview_url(services, job.job_id))


@router.head("/runner/preview/stream/{job_id}", include_in_schema=False)
@router.get(
    "/runner/preview/stream/{job_id}",
    summary="The pictures of a preview, or of an ingest's program",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **refusals(404, 409, 503)},
)
async def stream(job_id: str, request: Request, services: ServicesNow) -> Response:
    """Opens with the key, or with the token that `preview_url` carries until it expires."""
    if request.method == "HEAD":
        require(services.engine, job_id, "preview", "ingest")
        return Response(media_type=MEDIA_TYPE, headers=HEADERS)
    return MjpegResponse(services.engine.frames(job_id))


@router.post("/runner/preview/stop", summary="Stop a preview")
async def stop(body: JobRequest, services: ServicesNow) -> PreviewStopped:
    """An unknown job is as good as stopped. So is an ingest's id: a mistake takes no match off air."""
    if services.engine.status(body.job_id).kind == "preview":
        await services.engine.stop(body.job_id)
    return PreviewStopped()


@router.post("/runner/preview/ptz/update", summary="Move a preview's view", responses=refusals(404, 409, 422))
async def move(body: PtzRequest, services: ServicesNow) -> PreviewMoved:
    """At once and without a restart; an ingest's id is unknown here."""
    require(services.engine, body.job_id, "preview")
    method = await services.engine.aim_preview(body.job_id, body.view)
    return PreviewMoved(job_id=body.job_id, ptz=body.view, method=method)


def preview_url(services: Services, job_id: str) -> str:
    base = services.settings.public_base_url.rstrip("/")
    return f"{base}/runner/preview/stream/{quote(job_id)}?token={services.tokens.sign(job_id)}"


def require(engine: Engine, job_id: str, *kinds: JobKind) -> None:
    """Raises UnknownJobError where no job of these kinds has the id."""
    if engine.status(job_id).kind not in kinds:
        raise UnknownJobError(f"no {' or '.join(kinds)} job has this id")
