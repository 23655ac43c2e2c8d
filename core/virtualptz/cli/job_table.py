"""Jobs as rows of a table, for people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .app import table

if TYPE_CHECKING:
    from ..wire.job import JobAnswer

HEAD = ("JOB", "KIND", "SESSION", "STATE", "UP", "IN", "OUT", "PUBLISH", "DETECTOR", "RESTARTS", "TARGET")
NOTHING = "-"
REASON_LENGTH = 160


def lines(jobs: "Sequence[JobAnswer]") -> list[str]:
    """A table, and under it what is wrong with whom."""
    if not jobs:
        return ["No job."]
    now = datetime.now(UTC)
    told = [f"{job.job_id}: {remark}" for job in jobs for remark in remarks(job)]
    return [table([HEAD, *(row(job, now) for job in jobs)]), *told]


def row(job: "JobAnswer", now: datetime) -> tuple[str, ...]:
    """Cells under HEAD; `-` for what a job does not have, or has not told yet."""
    published = job.publish.state if job.publish else None
    on_air = job.state == "running"
    return (
        job.job_id,
        job.kind or NOTHING,
        job.session_id or NOTHING,
        state(job),
        uptime(now - job.created_at) if job.created_at and on_air else NOTHING,
        rate(job.fps_in) if on_air else NOTHING,
        rate(job.fps_out) if on_air else NOTHING,
        published if published and on_air else NOTHING,
        job.detector_state if job.detector_state and job.detector not in (None, "none") else NOTHING,
        str(job.restart_count),
        job.target or NOTHING,
    )


def state(job: "JobAnswer") -> str:
    """The phase says more of one that runs: it may wait for its source."""
    return job.phase if job.state == "running" and job.phase else job.state


def remarks(job: "JobAnswer") -> list[str]:
    """Why it is not as it should be, a line each."""
    source, publish = job.source, job.publish
    found = {
        "source": source.reason if source else None,
        "publish": publish.reason if publish else None,
        "detector": job.detector_problem,
        "camera": job.camera_problem,
    }
    lines = [f"{part}: {_short(reason)}" for part, reason in found.items() if reason]
    if source and source.frozen_seconds:
        lines.append(f"source: the same picture for {source.frozen_seconds:.0f} s")
    if job.last_error and not any(_short(job.last_error) in line for line in lines):
        lines.append(f"last error: {_short(job.last_error)}")
    return lines


def uptime(past: timedelta) -> str:
    """`45s`, `12m`, `3h07m`, `2d04h`."""
    seconds = max(0, int(past.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if not minutes:
        return f"{seconds}s"
    if not hours:
        return f"{minutes}m"
    return f"{hours}h{minutes % 60:02}m" if not days else f"{days}d{hours % 24:02}h"


def rate(fps: float | None) -> str:
    return NOTHING if fps is None else f"{fps:.1f}"


def matching(jobs: "Sequence[JobAnswer]", begin: str) -> "list[JobAnswer]":
    """Those whose id is `begin`, or else begins so."""
    return [job for job in jobs if job.job_id == begin] or [
        job for job in jobs if job.job_id.startswith(begin)
    ]


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= REASON_LENGTH else f"{line[: REASON_LENGTH - 3]}..."
