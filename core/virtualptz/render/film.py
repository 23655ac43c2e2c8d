"""The film, part by part: every picture through the camera into an encoder, and the log of why."""

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic_core import from_json

from ..camera.decision_lines import ReshapeLine, Start
from ..errors import MediaError
from ..model import CropShape, FilmPart, OutputSpec, SoundFrom
from ..protocols import MediaSink, Picture
from .ahead import Ahead
from .director import Director
from .footage import Footage, Place, Seen
from .progress import Progress
from .spec import RenderSpec
from .workspace import Part, Workspace, write_whole

log = logging.getLogger(__name__)

PICTURES_AHEAD = 6
"""Between decoder and camera, and between camera and encoder: 3 MB each at 1080p."""
SAME_VIEW = 1e-6


class OtherPathError(Exception):
    """The camera does not go as it did before the interrupt: what is written does not fit."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as it is to be seen."""

    picture: Picture
    seen: Seen


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of a part."""

    lines: list[str]


class Film:
    """Writes what is missing of the parts, each of which is there as a whole or not at all."""

    def __init__(self, spec: RenderSpec, footage: Footage, director: Director, space: Workspace) -> None:
        self._spec = spec
        self._footage = footage
        self._director = director
        self._space = space
        self.pictures = 0
        """Written by this call."""

    def catch_up(self, progress: Progress) -> None:
        """Leads the camera along what is written. OtherPathError where it goes elsewhere."""
        parts = self._space.state.parts
        if parts:
            progress.begin("catching up", parts[-1].ends - self._spec.since)
        for part in parts:
            for line in self._space.lines(part.number).read_bytes().splitlines():
                fields = from_json(line)
                match fields["kind"]:
                    case "start":
                        start = Start.model_validate(fields)
                        if start.shape is None or start.aspect is None:
                            raise OtherPathError
                        self._director.reshape(CropShape(*start.shape), start.aspect, start.at)
                    case "reshape":
                        reshaped = ReshapeLine.model_validate(fields)
                        self._director.reshape(reshaped.crop, reshaped.aspect, reshaped.at)
                    case "view":
                        self._check(fields)
            self._director.lines.take()
            progress.reached(part.ends - self._spec.since)

    def _check(self, fields: dict[str, float]) -> None:
        view = self._director.view_at(fields["pts"])
        off = (
            abs(view.center_x - fields["center_x"]),
            abs(view.center_y - fields["center_y"]),
            abs(view.zoom - fields["zoom"]),
        )
        if max(off) > SAME_VIEW:
            raise OtherPathError

    def write(self, progress: Progress) -> None:
        """Behind the last part that is there. Raises MediaError where a recording or disk fails."""
        spec, parts = self._spec, self._space.state.parts
        place = Place(parts[-1].ends, parts[-1].breaks) if parts else None
        seen = self._footage.pictures(spec.since, spec.until, place)
        with (
            Ahead("decode", seen, PICTURES_AHEAD) as decoded,
            Ahead("crop", self._shots(decoded), PICTURES_AHEAD) as shots,
        ):
            self._encode(shots, progress)

    def _shots(self, pictures: Iterator[Seen]) -> Iterator[Shot | Cut]:
        output, current = self._spec.encoding, None
        for seen in pictures:
            number = self._number(seen.time)
            if current is not None and number != current:
                yield Cut(self._director.lines.take())
            current = number
            shape = self._shape(seen)
            view = self._director.view_at(seen.time)
            yield Shot(seen.picture.render(view, shape, output.width, output.height), seen)
        if current is not None:
            yield Cut(self._director.lines.take())

    def _number(self, time: float) -> int:
        return int(time // self._spec.part_seconds)

    def _shape(self, seen: Seen) -> CropShape:
        picture, output = seen.picture, self._spec.encoding
        aspect = picture.width * float(self._footage.info.video.sample_aspect) / picture.height
        shape = CropShape.fit(aspect, output.width / output.height)
        self._director.reshape(shape, aspect, seen.time)
        return shape

    def _encode(self, shots: Iterator[Shot | Cut], progress: Progress) -> None:
        roll: Roll | None = None
        try:
            for item in shots:
                if isinstance(item, Shot):
                    roll = roll or self._new_roll(item.seen)
                    roll.write(item)
                    self.pictures += 1
                    progress.reached(item.seen.time - self._spec.since)
                elif roll is not None:
                    self._keep(roll, item.lines)
                    roll = None
        finally:
            if roll is not None:
                roll.discard()

    def _new_roll(self, seen: Seen) -> "Roll":
        number = self._number(seen.time)
        backend, file = self._footage.backend, self._space.film(number)
        new = file.with_stem(f"{file.stem}-new")
        new.unlink(missing_ok=True)
        silent = replace(self._footage.info, audio=None)
        sink = backend.open_sink(str(new), self._spec.encoding, silent)
        parts = self._space.state.parts
        return Roll(number, new, sink, breaks=parts[-1].breaks if parts else 0)

    def _keep(self, roll: "Roll", lines: Sequence[str]) -> None:
        roll.close()
        state = self._space.state
        head = [] if state.parts else [self._director.start.model_dump_json(exclude_none=True)]
        write_whole(self._space.lines(roll.number), "".join(f"{line}\n" for line in [*head, *lines]).encode())
        film = self._space.film(roll.number)
        roll.file.replace(film)
        part = Part(
            number=roll.number,
            begins=roll.begins,
            ends=roll.ends,
            breaks=roll.breaks,
            jumps=tuple(roll.jumps),
            pictures=roll.pictures,
            bytes=film.stat().st_size,
        )
        self._space.keep(state.model_copy(update={"parts": (*state.parts, part)}))


@dataclass
class Roll:
    """The part that is being written."""

    number: int
    file: Path
    sink: MediaSink
    begins: float = 0.0
    ends: float = 0.0
    breaks: int = 0
    jumps: list[tuple[float, float]] = field(default_factory=list)
    pictures: int = 0

    def write(self, shot: Shot) -> None:
        seen = shot.seen
        self.sink.write(shot.picture, seen.time)
        if not self.pictures:
            self.begins = seen.time
        if seen.breaks != self.breaks:
            self.jumps.append((seen.time, seen.zero))
        self.ends, self.breaks = seen.time, seen.breaks
        self.pictures += 1

    def close(self) -> None:
        """It is on the disk. Raises MediaError where it is not whole."""
        self.sink.close()
        stats = self.sink.stats
        if stats.packets_dropped or stats.last_error:
            why = stats.last_error or f"{stats.packets_dropped} packets were dropped"
            raise MediaError(f"{self.file} is not whole: {why}", retryable=False)
        with self.file.open("rb") as file:
            os.fsync(file.fileno())

    def discard(self) -> None:
        try:
            self.sink.close()
        except MediaError as error:
            log.debug("what is thrown away does not close: %s", error)
        self.file.unlink(missing_ok=True)


def sound_of(footage: Footage, spec: RenderSpec, parts: Sequence[Part]) -> SoundFrom | None:
    """Where the film's sound is; None where there is none."""
    if footage.info.audio is None:
        return None
    interval = float(1 / footage.info.video.frame_rate)
    until = parts[-1].ends + interval if parts[-1].ends + 2 * interval > spec.until else float("inf")
    jumps = tuple(jump for part in parts for jump in part.jumps)
    return SoundFrom(footage.source, footage.first_pts, jumps, until)


def film_parts(space: Workspace) -> list[FilmPart]:
    return [FilmPart(str(space.film(part.number)), part.begins) for part in space.state.parts]


def encoding(width: int, height: int, preset: str, crf: int, encoder: str) -> OutputSpec:
    """How a film is encoded, which nobody watches while it is made."""
    return OutputSpec(width=width, height=height, preset=preset, crf=crf, encoder=encoder, live=False)
