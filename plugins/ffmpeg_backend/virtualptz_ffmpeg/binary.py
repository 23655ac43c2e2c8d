"""Finding an ffmpeg binary that serves, which only SRT needs: the rest is in PyAV's wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from virtualptz.errors import MediaError
from virtualptz.model import Finding

from .options import configured_binary

FLOOR = (5, 1)
"""What Debian 12 has; older ones lack the options of SRT that are used here."""
INSTALL = "pip install 'virtualptz-runner-agent[ffmpeg]'"
ASK_SECONDS = 20.0


@dataclass(frozen=True)
class Binary:
    path: str
    version: str
    protocols: frozenset[str]

    @property
    def new_enough(self) -> bool:
        """Builds from FFmpeg's master (`N-12345-g...`) name no release; they are newer than the floor."""
        release = re.match(r"n?(\d+)\.(\d+)", self.version)
        return release is None or (int(release[1]), int(release[2])) >= FLOOR


def find_ffmpeg(configured: str = "", protocol: str | None = None) -> Binary | None:
    """The configured one, whatever it is; else the first of PATH and the extra that serves."""
    configured = configured or configured_binary()
    if configured:
        return look_at(shutil.which(configured) or configured)
    for path in _candidates():
        found = look_at(path)
        if found is not None and found.new_enough and (protocol is None or protocol in found.protocols):
            return found
    return None


def require_ffmpeg(configured: str, protocol: str) -> str:
    """Its path. Raises MediaError, which no retry mends, where there is none that speaks `protocol`."""
    found = find_ffmpeg(configured, protocol)
    if found is None:
        raise MediaError(f"{protocol} needs an ffmpeg binary; get one with: {INSTALL}", retryable=False)
    if protocol not in found.protocols:
        raise MediaError(f"{found.path} (FFmpeg {found.version}) has no {protocol}", retryable=False)
    return found.path


def findings() -> Iterator[Finding]:
    found = find_ffmpeg(protocol="srt") or find_ffmpeg()
    if found is None:
        yield Finding(False, "ffmpeg binary", "none; SRT sources and targets need one", INSTALL)
        return
    speaks = "srt" in found.protocols
    detail = f"{found.path}, version {found.version}, {'with' if speaks else 'without'} SRT"
    yield Finding(speaks and found.new_enough, "ffmpeg binary", detail, "" if speaks else INSTALL)


@cache
def look_at(path: str) -> Binary | None:
    """Ask the binary itself; None where it is none."""
    version = re.match(r"ffmpeg version (\S+)", _ask(path, "-version"))
    if version is None:
        return None
    return Binary(path, version[1], frozenset(_ask(path, "-hide_banner", "-protocols").split()))


def _candidates() -> Iterator[str]:
    on_path = shutil.which("ffmpeg")
    if on_path is not None:
        yield on_path
    try:
        import imageio_ffmpeg  # type: ignore[import-untyped]
    except ImportError:
        return
    try:
        yield imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        return


def _ask(path: str, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.decode(errors="replace")
