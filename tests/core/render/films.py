"""Recordings to render, and what to render them with."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from virtualptz.camera.decision_lines import Start, ViewLine
from virtualptz.camera.operator import NamedPolicy
from virtualptz.model import FrameRequest, MediaInfo, OutputSpec, TrackingUpdate
from virtualptz.plugins import PluginHost
from virtualptz.protocols import Frame, MediaBackend, TrackingSource
from virtualptz.render.run import Parts, Render
from virtualptz.render.spec import RenderSpec

from ...media.clip import Clip, write
from ...media.watch import Recording, decode

WIDTH, HEIGHT = 320, 180
OUTPUT = OutputSpec(width=WIDTH, height=HEIGHT, preset="veryfast", crf=20, encoder="libx264", live=False)
START = Start(policy="lookahead", lookahead_seconds=5.0)
CLIP = Clip(width=WIDTH, height=HEIGHT, seconds=5.0, patch=None)


@cache
def host() -> PluginHost:
    return PluginHost.load()


def backend() -> MediaBackend:
    return host().media_backend("ffmpeg")


def build(name: str, lookahead: float, options: Mapping[str, Any]) -> NamedPolicy:
    return NamedPolicy(name, host().smoothing_policy(name, lookahead=lookahead, **options))


def seen_at(at: float) -> TrackingUpdate:
    """A detector that wants the camera to swing from side to side."""
    return TrackingUpdate(
        tracking_confidence=0.9,
        tracking_state="stable",
        source="test",
        target_x=0.5 + 0.15 * math.sin(at),
        target_y=0.5,
        target_zoom=1.8,
        frame_pts=at,
    )


class Swinging:
    """A detector of pictures that finds what `seen_at` says, and remembers what it was shown."""

    def __init__(self, fps: float = 10.0, width: int = 160) -> None:
        self.wanted = FrameRequest(fps, width)
        self.frames: list[Frame] = []
        self.closed = False

    def wants(self, media: MediaInfo | None) -> FrameRequest | None:
        return self.wanted

    def updates(self, frames: Iterator[Frame] | None) -> Iterator[TrackingUpdate]:
        assert frames is not None
        for frame in frames:
            self.frames.append(frame)
            yield seen_at(frame.pts)

    def close(self) -> None:
        self.closed = True


def recording(folder: Path, clip: Clip = CLIP, name: str = "wide.mp4") -> Path:
    return write(folder / name, clip)


def tracks(path: Path, seconds: float = 5.0, hertz: float = 10.0) -> Path:
    """A log of what `Swinging` would find."""
    times = (number / hertz for number in range(round(seconds * hertz)))
    path.write_text("".join(seen_at(at).model_dump_json(exclude_none=True) + "\n" for at in times))
    return path


def spec(source: Path, output: Path, **changes: Any) -> RenderSpec:
    """Parts of a second."""
    plain = RenderSpec(source, output, OUTPUT, START, detector="swinging", part_seconds=1.0)
    return replace(plain, **changes)


def render(asked: RenderSpec, detector: TrackingSource | None = None, *, overwrite: bool = False) -> Render:
    found = detector
    return Render(asked, Parts(backend(), build, lambda: found or Swinging()), overwrite=overwrite)


class Steps:
    """A progress that remembers, and may do something when a stage gets somewhere."""

    def __init__(self, stage: str = "", at: float = math.inf, interrupt: BaseException | None = None) -> None:
        self.stages: list[str] = []
        self.notes: list[str] = []
        self.begun: dict[str, float] = {}
        self._when = (stage, at)
        self._interrupt = interrupt or KeyboardInterrupt()

    def begin(self, stage: str, seconds: float | None, done: float = 0.0) -> None:
        self.stages.append(stage.split()[0])
        self.begun[self.stages[-1]] = done

    def reached(self, seconds: float) -> None:
        stage, at = self._when
        if self.stages[-1] == stage and seconds >= at:
            raise self._interrupt

    def note(self, text: str) -> None:
        self.notes.append(text)


def views(decisions: Path) -> list[ViewLine]:
    lines = map(json.loads, decisions.read_text().splitlines())
    return [ViewLine.model_validate(line) for line in lines if line["kind"] == "view"]


def whole(path: Path, clip: Clip = CLIP) -> Recording:
    """All pictures of the clip, once each and in order."""
    seen = decode(path, keep_luma=True)
    assert seen.errors == []
    assert seen.counts == list(range(clip.frames))
    return seen


def lumas(seen: Recording) -> Iterable[Any]:
    return (frame.luma for frame in seen.frames)
