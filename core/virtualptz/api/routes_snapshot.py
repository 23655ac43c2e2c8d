"""One picture of a job, as it is now."""

import asyncio
from contextlib import aclosing
from typing import Annotated, Literal

from fastapi import Query, Response

from ..errors import ConfigError, JobNotRunningError
from ..jobs.status import FrameStreamRequest, JpegFrame
from .mjpeg import HEADERS, Frames
from .problems import problem
from .routing import new_router, refusals
from .services import ServicesNow

router = new_router("jobs")

JPEG = "image/jpeg"
PICTURE_SECONDS = 4.0
"""A job that has just been started has a picture by then, and one whose source went away may have it back."""
RATE = 60.0
"""A snapshot is of the next picture, whichever that is."""


@router.get(
    "/runner/job/snapshot/{job_id}",
    summary="One picture of a job's source or program",
    response_class=Response,
    responses={200: {"content": {JPEG: {}}}, **refusals(404, 409, 422, 503, "no-picture")},
)
async def snapshot(
    job_id: str,
    services: ServicesNow,
    of: Annotated[Literal["source", "program"] | None, Query(description="`program`, if not given")] = None,
    width: Annotated[int, Query(ge=16, le=7680, description="pixels; the height follows")] = 640,
    q: Annotated[int, Query(ge=2, le=31, description="JPEG quality, lower is better")] = 5,
    overlay: Annotated[
        bool, Query(description="an ingest's source, and on it what is tracked; then not `of=program`")
    ] = False,
) -> Response:
    """The next picture that comes, never one from before the request. A preview's program is its view."""
    if overlay and of == "program":
        raise ConfigError("overlay=1 draws on the source: leave of=program out")
    shown = "overlay" if overlay else of or "program"
    frames = services.engine.frames(job_id, FrameStreamRequest(shown, RATE, f"{width}:-1", q))
    try:
        frame = await _next(frames)
    except TimeoutError:
        return problem("no-picture", f"no picture came within {PICTURE_SECONDS:g} s: is its source away?")
    about = {
        "X-Frame-Pts": f"{frame.pts:.6f}",
        "X-Frame-Width": str(frame.width),
        "X-Frame-Height": str(frame.height),
    }
    return Response(frame.jpeg, media_type=JPEG, headers={**HEADERS, **about})


async def _next(frames: Frames) -> JpegFrame:
    """Raises TimeoutError, JobNotRunningError."""
    async with aclosing(frames), asyncio.timeout(PICTURE_SECONDS):
        async for frame in frames:
            return frame
    raise JobNotRunningError("the job has ended")
