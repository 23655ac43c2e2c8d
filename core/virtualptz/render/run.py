"""From a recording to a film: detect, film, join; from wherever an earlier call got to."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..camera.replay.spec import BuildPolicy
from ..errors import ConfigError, MediaError
from ..model import CameraQuality
from ..protocols import FilmJoiner, MediaBackend, TrackingSource
from ..uris import validate_source, validate_target
from .director import Director
from .film import Film, OtherPathError, film_parts, sound_of
from .footage import Footage
from .progress import Progress
from .publish import publish, remove_old
from .spec import NO_DETECTOR, RenderSpec
from .tracking import Detection, read_updates
from .workspace import Workspace

OpenDetector = Callable[[], TrackingSource]
"""Builds the spec's detector; may take its time, and is asked only where there is something to detect."""


@dataclass(frozen=True)
class Parts:
    """What the film is made with."""

    backend: MediaBackend
    build: BuildPolicy
    open_detector: OpenDetector


@dataclass(frozen=True)
class Summary:
    """What came of it."""

    output: Path
    decisions: Path
    seconds: float
    """Of film."""
    pictures: int
    took: float
    """Seconds of this call."""
    filmed: float
    """Seconds of film that this call has made; less than `seconds` where it went on for another."""
    detector: str
    frames: int
    """That the detector looked at in this call."""
    updates: int
    quality: CameraQuality
    problem: str | None
    """What went otherwise than asked for."""

    @property
    def times_real_time(self) -> float:
        return self.filmed / self.took if self.took > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "output": str(self.output),
            "decisions": str(self.decisions),
            "seconds": round(self.seconds, 3),
            "pictures": self.pictures,
            "took_seconds": round(self.took, 3),
            "filmed_seconds": round(self.filmed, 3),
            "times_real_time": round(self.times_real_time, 2),
            "detector": self.detector,
            "detector_frames": self.frames,
            "updates": self.updates,
            "quality": self.quality.model_dump(mode="json"),
            "problem": self.problem,
        }


class Render:
    """One film. The constructor raises ConfigError or MediaError before anything is written."""

    def __init__(self, spec: RenderSpec, parts: Parts, *, overwrite: bool = False) -> None:
        if not isinstance(parts.backend, FilmJoiner):
            raise ConfigError("this media backend cannot join films: render needs one that can")
        validate_source(str(spec.source))
        validate_target(str(spec.output))
        _check(spec, overwrite=overwrite)
        parts.build(spec.start.policy, spec.start.lookahead_seconds, _options_of(spec))
        if spec.log is not None:
            read_updates(spec.log)
        self._spec = spec
        self._parts = parts
        self._joiner: FilmJoiner = parts.backend
        self._footage = Footage.of(parts.backend, str(spec.source))
        self._space = Workspace(spec.output)
        self._overwrite = overwrite
        self._frames = 0

    @property
    def kept(self) -> Path | None:
        """Where what is done is kept, from which the same call goes on; None: there is nothing."""
        return self._space.folder if self._space.worth else None

    def run(self, progress: Progress, *, fresh: bool = False) -> Summary:
        """Raises VirtualPtzError or OSError; what is done by then is kept, also on an interrupt."""
        began = time.monotonic()
        with self._space.locked():
            note = self._space.begin(self._spec.tracking_key(), self._spec.film_key(), fresh=fresh)
            if note:
                progress.note(note)
            self._detect(progress)
            director, film = self._film(progress)
            self._join(progress)
            summary = self._summary(director, film, time.monotonic() - began)
            self._publish()
        return summary

    @property
    def _seconds(self) -> float | None:
        """Of film, as far as it is known."""
        length = self._footage.info.duration
        whole = None if length is None else max(length - self._spec.since, 0.0)
        return whole if whole is None else min(whole, self._spec.seconds)

    def _detect(self, progress: Progress) -> None:
        spec, space = self._spec, self._space
        if spec.log is not None or spec.detector == NO_DETECTOR or space.state.tracked:
            return
        detection = Detection(spec.detector, self._parts.open_detector(), self._footage, space.tracking)
        done = max(detection.known - spec.since, 0.0)
        progress.begin(f"detecting ({spec.detector})", self._seconds, done)
        until = spec.until + spec.start.lookahead_seconds
        detection.run(spec.since, until, progress)
        self._frames = detection.frames
        space.keep(space.state.model_copy(update={"tracked": True}))

    def _director(self) -> Director:
        spec = self._spec
        if spec.detector == NO_DETECTOR:
            updates = []
        elif spec.log is not None:
            updates = read_updates(spec.log, spec.log_shift)
        else:
            updates = read_updates(self._space.tracking)
        return Director(spec.start, updates, self._parts.build)

    def _film(self, progress: Progress) -> tuple[Director, Film]:
        spec, space = self._spec, self._space
        director = self._director()
        film = Film(spec, self._footage, director, space)
        try:
            film.catch_up(progress)
        except OtherPathError:
            progress.note("the camera would go elsewhere than before: the film starts anew")
            space.keep(space.state.model_copy(update={"parts": ()}))
            director = self._director()
            film = Film(spec, self._footage, director, space)
        parts = space.state.parts
        progress.begin("filming", self._seconds, parts[-1].ends - spec.since if parts else 0.0)
        film.write(progress)
        if not space.state.parts:
            raise MediaError(f"{spec.source}: there is no picture from {spec.since:g} s on", retryable=False)
        return director, film

    def _join(self, progress: Progress) -> None:
        space = self._space
        joined = space.joined
        remove_old(joined.parent)
        joined.parent.mkdir()
        progress.begin("joining", self._seconds)
        sound = sound_of(self._footage, self._spec, space.state.parts)
        try:
            self._joiner.join(film_parts(space), sound, str(joined), progress.reached)
        except BaseException:
            remove_old(joined.parent)  # half a film is of no use, and the disk may be full
            raise
        with space.log.open("wb") as log:
            for part in space.state.parts:
                log.write(space.lines(part.number).read_bytes())

    def _publish(self) -> None:
        _check(self._spec, overwrite=self._overwrite)
        self._space.log.replace(self._spec.decisions)
        publish(self._space.joined, self._spec.output)
        self._space.remove()

    def _summary(self, director: Director, film: Film, took: float) -> Summary:
        spec, parts = self._spec, self._space.state.parts
        interval = float(1 / self._footage.info.video.frame_rate)
        pictures = sum(part.pictures for part in parts)
        seconds = parts[-1].ends - parts[0].begins + interval
        return Summary(
            output=spec.output,
            decisions=spec.decisions,
            seconds=seconds,
            pictures=pictures,
            took=took,
            filmed=seconds * film.pictures / pictures,
            detector=spec.detector,
            frames=self._frames,
            updates=director.updates,
            quality=director.quality,
            problem=director.problem,
        )


def _check(spec: RenderSpec, *, overwrite: bool) -> None:
    if spec.output.resolve() == spec.source.resolve():
        raise ConfigError(f"{spec.output} is the recording itself")
    for file in (spec.output, spec.decisions):
        if file.exists() and not overwrite:
            raise ConfigError(f"{file} is there already: --overwrite replaces it")


def _options_of(spec: RenderSpec) -> Mapping[str, Any]:
    options = spec.start.policy_options.get(spec.start.policy, {})
    return {name: value for name, value in options.items() if name != "lookahead"}
