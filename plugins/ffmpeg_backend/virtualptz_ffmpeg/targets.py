"""Where a program goes, as FFmpeg's muxers understand it."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from virtualptz.errors import MediaError
from virtualptz.redact import redact_uri

INTERLEAVE_MICROSECONDS = "200000"
"""Sound that is later than this is not waited for: FFmpeg's own limit is ten seconds of standing still."""
HLS_SEGMENTS = 6
WHOLE_PACKETS = 7 * 188
"""Bytes in a datagram: whole TS packets that fit every network's frame."""
LINGER_SECONDS = 2
"""SRT's latency holds the last pictures back: without this a close throws them away."""


@dataclass(frozen=True)
class Target:
    url: str
    format: str
    network: bool
    """Else a file."""
    options: dict[str, str] = field(default_factory=dict)
    relayed: bool = False
    """Reached by an ffmpeg binary only (SRT)."""

    @property
    def shown(self) -> str:
        return redact_uri(self.url)

    @property
    def muxer_options(self) -> dict[str, str]:
        return {**self.options, "max_interleave_delta": INTERLEAVE_MICROSECONDS}


FROM_ZERO = {"avoid_negative_ts": "make_zero"}
"""A recording begins at zero, also one that goes on for a process that died in mid-match."""
AT_ONCE = {"flush_packets": "1"}
"""FFmpeg would keep a quarter of a megabyte, seconds of a match, which a killed publisher takes with it."""
FILE_FORMATS = {".mp4": "mp4", ".flv": "flv", ".ts": "mpegts", ".mkv": "matroska"}
FILE_OPTIONS = {"mp4": {"movflags": "hybrid_fragmented"}}
"""An .mp4 is in fragments, and playable, until it is finished as an ordinary one: a crash loses little."""


def target_of(uri: str, segment_seconds: float) -> Target:
    """Raises MediaError for what this backend cannot write."""
    if "://" not in uri or uri.startswith(("/", "file:")):
        return _file_target(Path(uri.removeprefix("file://")), segment_seconds)
    scheme = urlsplit(uri).scheme.lower()
    match scheme:
        case "rtmp" | "rtmps":
            return Target(uri, "flv", True, {"flvflags": "no_duration_filesize"})
        case "rtsp":
            return Target(uri, "rtsp", True, {"rtsp_transport": "tcp"})
        case "udp":
            url = uri if "pkt_size=" in uri else _with_option(uri, "pkt_size", WHOLE_PACKETS)
            return Target(url, "mpegts", True, {"flush_packets": "1"})
        case "srt":
            url = uri if "linger=" in uri else _with_option(uri, "linger", LINGER_SECONDS)
            return Target(url, "mpegts", True, {"flush_packets": "1"}, relayed=True)
    raise MediaError(f"no way to publish to the scheme {scheme!r}", retryable=False)


def _file_target(path: Path, segment_seconds: float) -> Target:
    suffix = path.suffix.lower()
    if suffix == ".m3u8":
        return Target(str(path), "hls", False, _hls_options(path, segment_seconds))
    try:
        format_ = FILE_FORMATS[suffix]
    except KeyError:
        known = ", ".join([*FILE_FORMATS, ".m3u8"])
        raise MediaError(f"a file to write ends in one of {known}", retryable=False) from None
    return Target(str(path), format_, False, {**FROM_ZERO, **AT_ONCE, **FILE_OPTIONS.get(format_, {})})


def prepare(target: Target) -> Target:
    """Make the folder, and take a name of its own for a file: one that exists is never written over."""
    path = Path(target.url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if target.format == "hls":
            return target
        return Target(str(_reserved(path)), target.format, False, target.options)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror}", retryable=False) from None


def _reserved(path: Path) -> Path:
    number = 0
    while True:
        name = path if number == 0 else path.with_stem(f"{path.stem}-{number}")
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            number += 1
        else:
            return name


def _hls_options(path: Path, segment_seconds: float) -> dict[str, str]:
    """A sliding list that browsers can start at any segment; a restart goes on in the same list."""
    return {
        "hls_time": f"{segment_seconds:g}",
        "hls_list_size": str(HLS_SEGMENTS),
        "hls_flags": "delete_segments+append_list+independent_segments+program_date_time+temp_file",
        "hls_segment_filename": str(path.with_suffix("")).replace("%", "%%") + "-%05d.ts",
        "hls_allow_cache": "0",
    }


def _with_option(uri: str, name: str, value: int) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{name}={value}"
