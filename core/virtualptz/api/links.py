"""URLs that a browser opens without a header: they carry a token of one job that expires."""

from urllib.parse import quote

from ..jobs.status import JobStatus
from .services import Services


def preview_url(services: Services, job_id: str) -> str:
    base = services.settings.public_base_url.rstrip("/")
    return f"{base}/runner/preview/stream/{quote(job_id)}?token={services.tokens.sign(job_id)}"


def overlay_url(services: Services, job: JobStatus) -> str | None:
    """None: this job draws none, or not yet."""
    able = job.state == "running" and job.heartbeat is not None and job.heartbeat.overlay
    return f"{preview_url(services, job.job_id)}&overlay=1" if able else None
