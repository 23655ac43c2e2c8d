"""Jobs: starting and stopping them, how they are, and their pictures."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Literal

from ...model import CameraMode, JobKind, LimitBox
from ...wire.base import JobRequest
from ...wire.ingest import IngestStarted, IngestStartRequest, IngestStopped, ProfileName
from ...wire.job import JobAnswer, JobList
from ...wire.preview import PreviewMoved, PreviewStarted, PreviewStartRequest, PreviewStopped
from ...wire.view import PtzRequest, ViewValue
from ..call import (
    Call,
    JsonCall,
    PictureCall,
    Query,
    Request,
    Stream,
    TextCall,
    asked,
    idempotent,
    path,
    query,
)
from ..lines import LineReader
from ..multipart import FramePart, FrameReader

State = Literal["running", "stopped", "failed"]
FRAME_SECONDS = 10.0
"""A stream of frames that brings none for so long has failed."""


def start_ingest(
    session_id: str,
    source: str,
    profile: ProfileName = "balanced",
    *,
    replica_index: int = 0,
    lookahead_seconds: float | None = None,
    smoothing_policy: str | None = None,
    camera_mode: CameraMode | None = None,
    limits: LimitBox | None = None,
    framing: Mapping[str, Any] | None = None,
    decision_log: bool | None = None,
    detector: str | None = None,
    idempotency_key: str | None = None,
) -> Call[IngestStarted]:
    """Put a camera on air. What is None is as the agent's settings say.

    `idempotency_key`: who sends the same start again with the same key gets the first one's answer.
    """
    body = asked(
        IngestStartRequest,
        session_id=session_id,
        source_uri_ref=source,
        profile=profile,
        replica_index=replica_index,
        lookahead_seconds=lookahead_seconds,
        smoothing_policy=smoothing_policy,
        camera_mode=camera_mode,
        limits=limits,
        framing=framing,
        decision_log=decision_log,
        detector=detector,
    )
    headers = idempotent(idempotency_key)
    return JsonCall(Request("POST", "/runner/ingest/start", body=body, headers=headers), IngestStarted)


def stop_ingest(job_id: str) -> Call[IngestStopped]:
    """Take it off air; an unknown job is as good as stopped."""
    return JsonCall(
        Request("POST", "/runner/ingest/stop", body=asked(JobRequest, job_id=job_id)), IngestStopped
    )


def start_preview(
    source: str,
    *,
    fps: float | None = None,
    scale: str | None = None,
    quality: int | None = None,
    view: ViewValue | None = None,
    start_seconds: float | None = None,
    idempotency_key: str | None = None,
) -> Call[PreviewStarted]:
    """Show a source to browsers. `scale` is "W:H" in pixels, `quality` 2 to 31, lower is better.

    `idempotency_key`: as that of `start_ingest`.
    """
    told = {"fps": fps, "scale": scale, "q_v": quality, "start_seconds": start_seconds}
    profile: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    if view is not None:
        profile["ptz"] = view.model_dump()
    body = asked(PreviewStartRequest, source_uri_ref=source, profile=profile)
    headers = idempotent(idempotency_key)
    return JsonCall(Request("POST", "/runner/preview/start", body=body, headers=headers), PreviewStarted)


def move_preview(
    job_id: str, center_x: float = 0.5, center_y: float = 0.5, zoom: float = 1.0
) -> Call[PreviewMoved]:
    """Where a preview looks from now on."""
    body = asked(PtzRequest, job_id=job_id, center_x=center_x, center_y=center_y, zoom=zoom)
    return JsonCall(Request("POST", "/runner/preview/ptz/update", body=body), PreviewMoved)


def stop_preview(job_id: str) -> Call[PreviewStopped]:
    """An unknown job is as good as stopped."""
    request = Request("POST", "/runner/preview/stop", body=asked(JobRequest, job_id=job_id))
    return JsonCall(request, PreviewStopped)


def job_status(job_id: str) -> Call[JobAnswer]:
    """How a job is; an unknown one has the state `unknown`."""
    return JsonCall(Request("POST", "/runner/job/status", body=asked(JobRequest, job_id=job_id)), JobAnswer)


def jobs(
    *,
    kind: JobKind | None = None,
    state: State | Sequence[State] | None = None,
    session_id: str | None = None,
) -> Call[JobList]:
    """The jobs that the agent knows, the oldest first: all, or those of a kind, state or session."""
    return JsonCall(
        Request("GET", "/runner/jobs", query(kind=kind, state=state, session_id=session_id)), JobList
    )


def snapshot(
    job_id: str,
    *,
    of: Literal["source", "program"] | None = None,
    overlay: bool = False,
    width: int | None = None,
    quality: int | None = None,
) -> Call[FramePart]:
    """The next picture that comes, of the program where nothing else is asked.

    `overlay`: an ingest's source with what is tracked drawn on it. `width` in pixels; `quality` 2 to 31,
    lower is better. Refused with 503 where none comes in time.
    """
    told = query(of=of, overlay=overlay or None, width=width, q=quality)
    return PictureCall(Request("GET", path("/runner/job/snapshot/{job_id}", job_id=job_id), told))


def logs(job_id: str, lines: int | None = None) -> Call[str]:
    """What a job's process wrote, the newest last and without secrets; also that of a job that has ended.

    `lines`: how many of the newest, 1 to 10000; 200, if not given.
    """
    told = query(lines=lines)
    return TextCall(Request("GET", path("/runner/job/logs/{job_id}", job_id=job_id), told))


def follow_logs(job_id: str, lines: int | None = None) -> Stream[str]:
    """The same line by line, and what it writes from then on, until the job or the agent ends.

    A job that is silent for hours is waited for: so is an agent whose machine is gone.
    """
    told = query(lines=lines, follow=True)
    request = Request("GET", path("/runner/job/logs/{job_id}", job_id=job_id), told, seconds=inf)
    return Stream(request, LineReader, "text/plain")


def frames(
    job_id: str,
    *,
    fps: float = 10.0,
    width: int | None = None,
    height: int | None = None,
    quality: int | None = None,
    shared: bool = False,
) -> Stream[FramePart]:
    """A job's source pictures, the newest each time and none twice.

    `shared`: an agent on this machine is asked to say where in memory they lie, instead of sending them.
    """
    told = query(fps=fps, width=width, height=height, q=quality, transport="shared" if shared else None)
    return _frames("/runner/job/frames/{job_id}", job_id, told)


def preview_frames(
    job_id: str, *, overlay: bool = False, scale: str | None = None, fps: float | None = None
) -> Stream[FramePart]:
    """What browsers see of a preview or of an ingest's program.

    `overlay`: an ingest's source with what is tracked drawn on it, at `scale` and `fps`. Where nothing new
    comes, the last picture comes again about once a second.
    """
    told = query(overlay=overlay or None, scale=scale, fps=fps)
    return _frames("/runner/preview/stream/{job_id}", job_id, told)


def _frames(template: str, job_id: str, told: Query) -> Stream[FramePart]:
    request = Request("GET", path(template, job_id=job_id), told, seconds=FRAME_SECONDS)
    return Stream(request, FrameReader)
