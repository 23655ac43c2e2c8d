"""FFmpeg's libraries, which come in PyAV's wheel: whether they are new enough, and can do what is needed."""

import re
from collections.abc import Iterable, Iterator

import av

from virtualptz.model import Finding

FLOORS = {(7, 1): 5, (8, 0): 3, (8, 1): 2}
"""By branch, the first release in which what any source could exploit is mended (CVE-2026-8461)."""
DECODERS = frozenset({"h264", "hevc", "mpeg2video", "mjpeg", "vp9", "libdav1d", "aac", "mp3", "ac3", "opus"})
ENCODERS = frozenset({"libx264", "aac"})
FORMATS = frozenset({"flv", "rtsp", "hls", "mpegts", "mov", "matroska"})
UPGRADE = "pip install --upgrade av"


def findings() -> Iterator[Finding]:
    version = av.ffmpeg_version_info
    enough = mended(version)
    detail = f"FFmpeg {version} of PyAV {av.__version__}"
    yield Finding(
        enough, "FFmpeg's libraries", detail if enough else f"{detail}: sources can exploit it", UPGRADE
    )
    lacks = lacking(av.codecs_available, av.formats_available)
    found = f"without {', '.join(lacks)}" if lacks else "all that sources and programs need"
    yield Finding(not lacks, "codecs and formats", found, "pip install --force-reinstall --no-cache-dir av")


def mended(version: str) -> bool:
    """Whether this release is no older than the floor of its branch. A build that names none passes."""
    release = re.match(r"n?(\d+)\.(\d+)(?:\.(\d+))?", version)
    if release is None:
        return True
    branch, patch = (int(release[1]), int(release[2])), int(release[3] or 0)
    return patch >= FLOORS[branch] if branch in FLOORS else branch > max(FLOORS)


def lacking(codecs: Iterable[str], formats: Iterable[str]) -> list[str]:
    """What of the above is not in there."""
    # A demuxer is told with all its names, as in "mov,mp4,m4a".
    known = {name for each in formats for name in each.split(",")}
    return sorted((DECODERS | ENCODERS) - set(codecs)) + sorted(FORMATS - known)
