"""What is measured on: the simulated match as 1080p30, and a textured picture with known places."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from tests.e2e.processes import ffmpeg
from tests.media import clip as media

FPS = 30
TEXTURE = media.Clip(
    width=1280,
    height=720,
    fps=Fraction(FPS),
    seconds=60,
    audio="",
    patch=None,
    flash_every=0,
    preset="veryfast",
    keyframe_seconds=2,
)


def court(folder: Path, seconds: float) -> Path:
    """The simulated match at 1080p30 with sound, drawn by `virtualptz court`.

    Its fragments hold a second's pictures, then that second's sound; one that reads such a file at its pace
    gets its pictures in bursts. Copied, each picture lies beside its sound.
    """
    path = folder / f"court-{seconds:g}.mp4"
    if not path.exists():
        drawn = path.with_suffix(".drawn.mp4")
        command = [sys.executable, "-m", "virtualptz", "court", "--seconds", f"{seconds:g}"]
        subprocess.run([*command, "--output", str(drawn)], check=True, stdout=subprocess.DEVNULL)
        copy = [ffmpeg(), "-v", "error", "-i", str(drawn), "-c", "copy", str(path)]
        subprocess.run(copy, check=True)
        drawn.unlink()
    return path


def texture(folder: Path) -> Path:
    path = folder / "texture.mp4"
    return path if path.exists() else media.write(path, TEXTURE)
