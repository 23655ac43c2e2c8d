"""How fast a recording becomes a film, beside what decoding and encoding it alone takes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.e2e.processes import ffmpeg

from virtualptz.errors import VirtualPtzError
from virtualptz.plugins import PluginHost

from .clips import court
from .report import Result, median, verdict

DATA = Path(__file__).parents[2] / "shared" / "data"
GYM = DATA / "video" / "basketball_gym_fisheye_10s.mp4"
MODEL = DATA / "weights" / "yolo11n-rebuilt.pt"
"""Where they lie beside the project."""
DETECTORS = ("none", "motion", "yolo")
AIM = 1.0
"""Times real time, with the detector that needs no model."""


Way = Callable[[Path], None]
"""Makes the film."""


@dataclass(frozen=True, slots=True)
class Run:
    """One film, of so many seconds."""

    film: float
    wall: float
    cpu: float

    @property
    def times(self) -> float:
        return self.film / self.wall

    @property
    def cpu_share(self) -> float:
        """Seconds of one core for a second of film."""
        return self.cpu / self.film


def measure(folder: Path, *, quick: bool) -> Result:
    """Alternates the ways; each is a process of its own, start and join included."""
    seconds, rounds = (10, 1) if quick else (60, 3)
    clips = [court(folder, seconds)]
    if GYM.exists():
        clips.insert(0, looped(GYM, folder, seconds))
    rows, motion = [], 0.0
    for clip in clips:
        ways: dict[str, Way] = {"`ffmpeg`: decode, scale, encode": partial(alone, clip)}
        for name in able():
            called = "render, camera stands" if name == "none" else f"render, {name}"
            ways[called] = partial(rendered, clip, name)
        found = compared(ways, seconds, rounds, folder)
        bare = median([run.times for run in next(iter(found.values()))])
        rows += [row(clip, name, runs, bare) for name, runs in found.items()]
        if "render, motion" in found and not motion:
            motion = median([run.times for run in found["render, motion"]])
    return Result(
        "render",
        "Films of recordings",
        f"Aim: with `motion`, faster than real time on the first of these clips: **{motion:.1f}** times "
        f"({verdict(motion > AIM)})."
        if motion
        else "`motion` does not work here.",
        ("recording", "way", "times real time", "of `ffmpeg` alone", "CPU seconds a second of film"),
        tuple(rows),
        f"To 720p, x264 veryfast crf 24, of {seconds} s, whole processes: median of {rounds} rounds in turn. "
        "`virtualptz render` decodes twice, once to detect; detectors look at 10 pictures a second.",
    )


def able() -> list[str]:
    """The detectors that work here."""
    host = PluginHost.load(options={"yolo": {"model": str(MODEL)}})
    return [name for name in DETECTORS if name == "none" or _works(host, name)]


def _works(host: PluginHost, name: str) -> bool:
    try:
        host.live_source(name)
    except VirtualPtzError:
        return False
    return True


def looped(source: Path, folder: Path, seconds: int) -> Path:
    """The source again and again, copied."""
    path = folder / f"{source.stem}-{seconds}.mp4"
    if not path.exists():
        command = [ffmpeg(), "-v", "error", "-stream_loop", "-1", "-i", str(source), "-t", str(seconds)]
        subprocess.run([*command, "-c", "copy", str(path)], check=True)
    return path


def compared(ways: Mapping[str, Way], seconds: int, rounds: int, folder: Path) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, make in ways.items():
            made = folder / "film.mp4"
            before, began = os.times(), time.monotonic()
            make(made)
            wall, after = time.monotonic() - began, os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            found[name].append(Run(seconds, wall, cpu))
    return found


def alone(clip: Path, made: Path) -> None:
    coding = ["-vf", "scale=1280:720", "-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-c:a", "copy"]
    _run([ffmpeg(), "-v", "error", "-y", "-i", str(clip), *coding, str(made)])


def rendered(clip: Path, detector: str, made: Path) -> None:
    model = ["--model", str(MODEL)] if detector == "yolo" else []
    command = [sys.executable, "-m", "virtualptz", "render", str(clip), str(made), "--overwrite", "--quiet"]
    _run([*command, "--detector", detector, *model])


def _run(command: Sequence[str]) -> None:
    offline = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **offline})


def row(clip: Path, name: str, runs: list[Run], bare: float) -> tuple[str, ...]:
    times = median([run.times for run in runs])
    each = ", ".join(f"{run.times:.1f}" for run in runs)
    cpu = median([run.cpu_share for run in runs])
    return clip.stem, name, f"{times:.1f} ({each})", f"{times / bare:.2f}", f"{cpu:.2f}"
