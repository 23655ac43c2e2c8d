"""What a job tells its agent twice a second."""

import time
from typing import Literal

from ...model import CameraReport, JobSpec, MediaInfo, SourceReport
from ...model.histogram import Histogram
from ...protocols import SinkStats
from ...wire.job import MediaSummary
from ...wire.view import ViewValue
from ..messages import Heartbeat
from .progress import Progress


def heartbeat(
    spec: JobSpec, pid: int, progress: Progress, stats: SinkStats, camera: CameraReport
) -> Heartbeat:
    view = camera.view
    return Heartbeat(
        job_id=spec.job_id,
        pid=pid,
        phase=progress.phase,
        media=None if progress.media is None else _summary(progress.media),
        pts_in=progress.pts_in,
        pts_out=progress.pts_out,
        program_at=progress.program_at,
        fps_in=round(progress.rate_in.per_second(), 2),
        fps_out=round(progress.rate_out.per_second(), 2),
        frames_in=progress.frames_in,
        frames_out=progress.frames_out,
        frames_held=progress.frames_held,
        frames_dropped=progress.frames_dropped,
        packets_dropped=stats.packets_dropped,
        source_restarts=progress.source_restarts,
        publisher_restarts=stats.publisher_restarts,
        last_error=_last_error(progress, stats),
        source=_source(progress),
        publish=stats.publish,
        view=ViewValue(center_x=view.center_x, center_y=view.center_y, zoom=view.zoom),
        holder=camera.holder,
        camera=None if spec.output is None else camera,
        target=stats.target,
        overlay=spec.output is not None,
        frames_coded=stats.frames_encoded,
        bytes_written=stats.bytes_written,
        bytes_acknowledged=stats.bytes_acknowledged,
        picture_age=progress.picture_age,
        timings=_timings(progress, stats),
    )


def _timings(progress: Progress, stats: SinkStats) -> dict[str, Histogram]:
    out = {} if stats.took_out is None else {"out": stats.took_out}
    return {"in": progress.took_in.histogram, "encode": progress.took_encode.histogram, **out}


def _last_error(progress: Progress, stats: SinkStats) -> str | None:
    """What is wrong now goes before what was."""
    if stats.publish is not None and stats.publish.state in ("retrying", "rejected"):
        return stats.publish.reason
    return progress.last_error or stats.last_error


def _source(progress: Progress) -> SourceReport:
    """Until the first picture it connects, however often."""
    next_at = progress.source_next_at
    if not progress.source_attempts:
        state: Literal["streaming", "connecting"] = "streaming" if progress.frames_in else "connecting"
        return SourceReport(state=state, frozen_seconds=_rounded(progress.frozen_seconds))
    return SourceReport(
        state="reconnecting",
        reason=progress.last_error,
        attempts=progress.source_attempts,
        next_attempt_in=None if next_at is None else max(0.0, next_at - time.monotonic()),
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _summary(media: MediaInfo) -> MediaSummary:
    video, audio = media.video, media.audio
    return MediaSummary(
        codec=video.codec,
        width=video.width,
        height=video.height,
        frame_rate=f"{video.frame_rate.numerator}/{video.frame_rate.denominator}",
        audio_codec=audio.codec if audio else None,
        sample_rate=audio.sample_rate if audio else None,
        channels=audio.channels if audio else None,
        live=media.live,
    )
