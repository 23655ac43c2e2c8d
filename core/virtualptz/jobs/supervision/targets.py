"""Where an ingest publishes, and how its profile encodes."""

import re
from urllib.parse import urlsplit

from ...hosts import HostPolicy
from ...model import OutputSpec
from ...settings import Settings
from ...uris import is_file, validate_target
from ...wire.ingest import ProfileName

PRESETS: dict[ProfileName, tuple[str, int]] = {
    "quality": ("slow", 20),
    "balanced": ("veryfast", 24),
    "fluid": ("ultrafast", 28),
}
"""x264 preset and crf."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_PLACEHOLDER = re.compile(r"\{(job_id|session_id|replica_index)\}")


def checked_target(target: str, policy: HostPolicy) -> str:
    """Its normal form. Raises ConfigError."""
    normal = validate_target(target)
    policy.check(normal)
    return normal


def output_of(profile: ProfileName, settings: Settings) -> OutputSpec:
    preset, crf = PRESETS[profile]
    return OutputSpec(
        width=settings.output_width,
        height=settings.output_height,
        preset=preset,
        crf=crf,
        encoder=settings.video_encoder,
    )


def fill_in(template: str, *, job_id: str, session_id: str, replica_index: int) -> str:
    """The target of one job. What a client chose stays one plain name: no path, query or host part."""
    name = _UNSAFE.sub("_", session_id)[:64] or "session"
    values = {"job_id": job_id, "session_id": name, "replica_index": str(replica_index)}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def place_of(target: str) -> str | None:
    """What two jobs cannot both publish to; None where they can (nothing, or a file that gets a number).

    `target` is in its normal form (`uris.validate_target`).
    """
    if not target:
        return None
    if is_file(target):
        return target if target.endswith(".m3u8") else None
    parts = urlsplit(target)
    # SRT names its streams in the query; elsewhere that holds keys, which do not make it another place.
    stream = f"?{parts.query}" if parts.scheme == "srt" else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}{stream}"
