"""The agent's jobs, and their frames for a detector."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from ..jobs.messages import Heartbeat
from ..jobs.status import FrameStreamRequest, JobStatus
from ..model import CameraReport, JobKind
from ..redact import mask
from ..wire.base import JobRequest
from ..wire.job import JobAnswer, JobList
from .auth import is_local
from .links import overlay_url
from .mjpeg import MEDIA_TYPE, MjpegResponse
from .routing import new_router, refusals
from .services import Services, ServicesNow

router = new_router("jobs")

Side = Annotated[int | None, Query(ge=16, le=7680)]
DEFAULT_WIDTH = 640
KnownState = Literal["running", "stopped", "failed"]


@router.post("/runner/job/status", summary="How a job is", response_model_exclude_unset=True)
async def status(body: JobRequest, services: ServicesNow) -> JobAnswer:
    """An unknown id is an answer, not an error: its state is `unknown`."""
    return with_links(services, services.engine.status(body.job_id))


@router.get("/runner/jobs", summary="All jobs, or some", response_model_exclude_unset=True)
async def jobs(
    services: ServicesNow,
    kind: Annotated[JobKind | None, Query(description="only these")] = None,
    state: Annotated[list[KnownState] | None, Query(description="only these; may be repeated")] = None,
    session_id: Annotated[str | None, Query(description="only those of this session")] = None,
) -> JobList:
    """The oldest first: those that run, and the newest 200 that have ended."""
    wanted = [
        job
        for job in services.engine.jobs()
        if kind in (None, job.kind)
        and (not state or job.state in state)
        and session_id in (None, job.session_id)
    ]
    return JobList(jobs=[with_links(services, job) for job in wanted])


@router.get(
    "/runner/job/frames/{job_id}",
    summary="A job's source pictures, for a detector",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **refusals(404, 409, 422, 503)},
)
async def frames(
    job_id: str,
    request: Request,
    services: ServicesNow,
    fps: Annotated[float, Query(gt=0, le=60, allow_inf_nan=False)] = 10.0,
    width: Side = None,
    height: Side = None,
    q: Annotated[int, Query(ge=2, le=31)] = 5,
    transport: Literal["jpeg", "shared"] = "jpeg",
) -> Response:
    """Multipart JPEG; each part says its stream time, width and height in `X-Frame-Pts`, `-Width`, `-Height`.

    A side that is not given follows from the aspect. No frame comes twice. With `transport=shared`, a client
    on this machine gets parts without a body, whose `X-Frame-Shared` says where in memory the picture lies;
    any other client gets JPEG all the same.
    """
    if width is None and height is None:
        width = DEFAULT_WIDTH
    scale = f"{width or -1}:{height or -1}"
    shared = transport == "shared" and is_local(request.scope)
    wanted = FrameStreamRequest(of="source", fps=fps, scale=scale, quality=q, shared=shared)
    return MjpegResponse(services.engine.frames(job_id, wanted, detector=True), repeat_after=None)


def with_links(services: Services, job: JobStatus) -> JobAnswer:
    """What a job's status may show, and where a browser may look at it."""
    answer, overlay = describe(job), overlay_url(services, job)
    return answer if overlay is None else answer.model_copy(update={"overlay_url": overlay})


def describe(job: JobStatus) -> JobAnswer:
    """What a job's status may show: no URI but what redaction leaves of the target."""
    more = {} if job.heartbeat is None else _details(job.heartbeat)
    if job.camera is not None:
        more.update(_camera(job.camera))
    if job.kind is not None:
        more.update(kind=job.kind, session_id=job.session_id, created_at=job.created_at, phase=job.phase)
    if job.memory_bytes is not None:
        more.update(memory_bytes=job.memory_bytes)
    if (detector := job.detector) is not None:
        more.update(
            detector=detector.name,
            detector_state=detector.state,
            detector_problem=_masked(detector.problem),
            detector_next_attempt_in=detector.next_attempt_in,
        )
    return JobAnswer(
        job_id=job.job_id,
        state=job.state,
        restart_count=job.restart_count,
        last_error=_masked(job.last_error),
        **more,
    )


def _details(beat: Heartbeat) -> dict[str, Any]:
    told = beat.model_dump(include=set(JobAnswer.model_fields) - {"job_id", "last_error", "phase"})
    return {**told, "pts": beat.pts_in, "target": mask(beat.target)}


def _camera(report: CameraReport) -> dict[str, Any]:
    return {
        "camera_mode": report.mode,
        "policy": report.policy,
        "lookahead_seconds": report.lookahead_seconds,
        "camera_problem": _masked(report.problem),
    }


def _masked(text: str | None) -> str | None:
    return None if text is None else mask(text)
