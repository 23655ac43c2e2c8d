"""Pieces of a camera's stream, each of its own size, codec, rate or sound: what a source may turn into."""

import subprocess
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ..e2e.processes import ffmpeg
from ..media import clip as media

CAMERA = media.Clip(width=640, height=360, seconds=5.12, flash_every=1.28, seed=5, keyframe_seconds=0.96)
"""128 frames, a flash every 32, a keyframe every 24."""


@dataclass(frozen=True)
class Kind:
    """How a piece differs from the camera's usual one."""

    clip: media.Clip = CAMERA
    coding: tuple[str, ...] = ()
    """ffmpeg's output options to code it anew with; empty: it stays as it is."""


COPIED_SOUND = ("-c:a", "copy")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "24", *COPIED_SOUND)
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=24:log-level=none", *COPIED_SOUND)
KINDS = {
    "usual": Kind(),
    "B-frames": Kind(replace(CAMERA, b_frames=2, preset="veryfast")),
    "small": Kind(replace(CAMERA, width=480, height=270, seed=6)),
    "large": Kind(replace(CAMERA, width=1280, height=720, seed=6)),
    "tall": Kind(replace(CAMERA, width=480, height=360, seed=6)),
    "50 a second": Kind(replace(CAMERA, fps=Fraction(50), seed=6)),
    "hevc": Kind(coding=X265),
    "full range": Kind(coding=(*X264, "-pix_fmt", "yuvj420p")),
    "10 bit": Kind(coding=(*X264, "-pix_fmt", "yuv420p10le", "-color_range", "tv")),
    "silent": Kind(replace(CAMERA, audio="")),
    "44.1 kHz mono": Kind(coding=("-c:v", "copy", "-c:a", "aac", "-ar", "44100", "-ac", "1")),
    "mp2": Kind(replace(CAMERA, audio="mp2")),
}


def write(folder: Path, kind: str, suffix: str = ".ts") -> tuple[Path, float]:
    """The piece's file, and how many seconds it is long."""
    what = KINDS[kind]
    path = folder / f"{kind.replace(' ', '-')}{suffix}"
    if not path.exists():
        plain = path if not what.coding else path.with_name(f"plain-{path.stem}.mp4")
        media.write(plain, what.clip)
        if what.coding:
            _code(plain, path, what.coding)
    return path, what.clip.seconds


def _code(source: Path, target: Path, options: tuple[str, ...]) -> None:
    quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"]
    subprocess.run([ffmpeg(), *quiet, "-i", str(source), *options, str(target)], check=True, timeout=120)
