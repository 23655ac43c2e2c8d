"""`POST /runner/probe`: what is at the other end, before anything is started."""

from fastapi import Response

from ..errors import MediaError, MediaTimeoutError
from ..model import VideoInfo
from ..wire.probe import ProbeAnswer, ProbeRequest
from .problems import problem
from .routing import new_router, refusals
from .services import ServicesNow
from .sources import checked_source

router = new_router("probe")


@router.post(
    "/runner/probe",
    summary="Look at a source",
    response_model=ProbeAnswer,
    responses=refusals(422, 502, 504),
)
async def probe(body: ProbeRequest, services: ServicesNow) -> ProbeAnswer | Response:
    source = await checked_source(body.source_uri_ref, services.settings, must_exist=False)
    try:
        media = await services.engine.probe(source, body.timeout_seconds)
    except MediaTimeoutError:
        return problem("source-timeout", "probe timeout")
    except MediaError as failure:
        return problem("source-failed", f"probe failed: {failure}")
    return ProbeAnswer(details=describe(media.video))


def describe(video: VideoInfo) -> list[str]:
    """The lines that ffprobe would print."""
    rate = video.frame_rate
    return [
        f"codec_name={video.codec}",
        f"width={video.width}",
        f"height={video.height}",
        f"r_frame_rate={rate.numerator}/{rate.denominator}",
    ]
