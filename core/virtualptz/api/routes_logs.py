"""`GET /runner/job/logs/{job_id}`: what a job's process wrote, as text."""

from typing import Annotated

from fastapi import Query, Response

from .routing import new_router, refusals
from .services import ServicesNow
from .streaming import StreamResponse

router = new_router("jobs")

MEDIA_TYPE = "text/plain"
HEADERS = {
    "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


@router.get(
    "/runner/job/logs/{job_id}",
    summary="What a job's process wrote",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **refusals(404, 503, "store-failed")},
)
async def logs(
    job_id: str,
    services: ServicesNow,
    lines: Annotated[int, Query(ge=1, le=10000, description="how many of the newest")] = 200,
    follow: Annotated[bool, Query(description="then what comes, line by line, until the job ends")] = False,
) -> Response:
    """Its log, the newest line last, without secrets; of the newest MiB. Also that of a job that has ended.

    A job that has written nothing has an empty one.
    """
    if follow:
        stream = await services.engine.logs.follow(job_id, lines)
        return StreamResponse(stream, str.encode, HEADERS, first=b"")
    return Response(await services.engine.logs.read(job_id, lines), headers=HEADERS)
