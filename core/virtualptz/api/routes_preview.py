"""Previews: a source seen through a view of its own, as MJPEG in a browser."""

from typing import Annotated

from fastapi import Query, Request, Response

from ..errors import UnknownJobError
from ..jobs.status import FrameStreamRequest, JobStatus, Once
from ..model import JobKind
from ..wire.base import JobRequest
from ..wire.preview import PreviewMoved, PreviewProfile, PreviewStarted, PreviewStartRequest, PreviewStopped
from ..wire.scale import parse_scale
from ..wire.view import Ptz, PtzRequest
from .auth import by_token
from .links import preview_url
from .mjpeg import HEADERS, MEDIA_TYPE, MjpegResponse
from .repeats import STARTS, Key, started_once
from .routing import new_router, refusals
from .services import Engine, ServicesNow
from .sources import checked_source

router = new_router("preview")


@router.post("/runner/preview/start", summary="Start a preview", responses=refusals(*STARTS))
async def start(
    body: PreviewStartRequest, services: ServicesNow, answer: Response, key: Key = None
) -> PreviewStarted:
    wanted, settings = body.profile or PreviewProfile(), services.settings

    async def begin(once: Once | None) -> JobStatus:
        return await services.engine.start_preview(
            source=await checked_source(body.source_uri_ref, settings),
            fps=settings.preview_mjpeg_fps if wanted.fps is None else wanted.fps,
            scale=settings.preview_mjpeg_scale if wanted.scale is None else wanted.scale,
            q=settings.preview_mjpeg_q if wanted.quality is None else wanted.quality,
            view=(wanted.ptz or Ptz()).view,
            start_seconds=wanted.start_seconds or 0.0,
            once=once,
        )

    job_id = await started_once(services, "preview", key, body, answer, begin)
    return PreviewStarted(job_id=job_id, preview_url=preview_url(services, job_id))


@router.head("/runner/preview/stream/{job_id}", include_in_schema=False)
@router.get(
    "/runner/preview/stream/{job_id}",
    summary="The pictures of a preview, of an ingest's program, or of its source with an overlay",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **refusals(404, 409, 422, 503)},
)
async def stream(
    job_id: str,
    request: Request,
    services: ServicesNow,
    overlay: Annotated[bool, Query(description="an ingest's source, and on it what is tracked")] = False,
    scale: Annotated[str | None, Query(description='an overlay\'s: "W:H", -1 keeps the aspect')] = None,
    fps: Annotated[float | None, Query(ge=1, le=60, description="an overlay's")] = None,
) -> Response:
    """Opens with the key, or with the token that `preview_url` and `overlay_url` carry until it expires."""
    if request.method == "HEAD":
        require(services.engine, job_id, "preview", "ingest")
        return Response(media_type=MEDIA_TYPE, headers=HEADERS)
    if not overlay:
        return MjpegResponse(services.engine.frames(job_id))
    settings = services.settings
    scale = settings.preview_mjpeg_scale if scale is None else scale
    parse_scale(scale)
    usual = settings.preview_mjpeg_fps
    fps = usual if fps is None else min(fps, usual) if by_token(request.scope) else fps
    wanted = FrameStreamRequest("overlay", fps, scale, settings.preview_mjpeg_q)
    return MjpegResponse(services.engine.frames(job_id, wanted))


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


def require(engine: Engine, job_id: str, *kinds: JobKind) -> None:
    """Raises UnknownJobError where no job of these kinds has the id."""
    if engine.status(job_id).kind not in kinds:
        raise UnknownJobError(f"no {' or '.join(kinds)} job has this id")
