"""The program's last picture, kept on disk for a process that goes on for one that died.

A camera that is away when its job's process begins anew has sent that process nothing to hold. What was on
air last is shown then, with the rate and the sound that the program had, until the camera is back.
"""

import logging
import os
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import simplejpeg  # type: ignore[import-untyped]
from pydantic import ValidationError

from ...model import JobSpec, MediaInfo
from ...model.frozen import Frozen
from ...protocols import BgrArray, MediaBackend, Picture
from ..paths import JobPaths

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""One that stands is written at once: this is for a process that dies together with its camera."""
QUALITY = 2
"""FFmpeg's best: what is seen for minutes is looked at."""
CLOSE_SECONDS = 2.0


class Head(Frozen):
    """The first line of the file; the JPEG follows."""

    media: MediaInfo
    """Of the source, whose rate and sound are the program's."""
    check: int
    """CRC-32 of the JPEG: a machine that lost its power may have kept a part of it."""


@dataclass(frozen=True, slots=True)
class Slate:
    """What is on air before the source has sent anything."""

    picture: Picture
    """As it was published."""
    media: MediaInfo
    begin_at: float
    """Stream time at the monotonic time `born`."""
    born: float

    def time(self, moment: float) -> float:
        """Stream time at a monotonic time: it goes on as the wall clock does until pictures tell it."""
        return self.begin_at + moment - self.born


def read_slate(paths: JobPaths, spec: JobSpec, backend: MediaBackend) -> Slate | None:
    """None where nothing was kept, nothing that can be used, or nothing is published."""
    if spec.output is None:
        return None
    try:
        line, _, jpeg = paths.slate.read_bytes().partition(b"\n")
        head = Head.of_any_version(line)
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.warning("the last picture cannot be read: %s", error)
        return None
    pixels = _decoded(head, jpeg)
    picture = None if pixels is None else _picture(backend, pixels)
    if picture is None or (picture.width, picture.height) != (spec.output.width, spec.output.height):
        log.warning("the last picture is damaged, or not the program's; without it, the source is waited for")
        return None
    # Program time is the look-ahead behind that; the last process was on air until `begin_at` at the latest.
    begin_at = spec.begin_at + spec.lookahead_seconds
    return Slate(picture, head.media, begin_at, time.monotonic())


def _picture(backend: MediaBackend, pixels: BgrArray) -> Picture | None:
    try:
        return backend.picture(pixels, 0.0)
    except Exception:  # a plug-in's own: it must not end each process of a job that has a camera to show
        log.exception("no picture of the last one's pixels")
        return None


def _decoded(head: Head, jpeg: bytes) -> BgrArray | None:
    if zlib.crc32(jpeg) != head.check:
        return None
    try:
        pixels: BgrArray = simplejpeg.decode_jpeg(jpeg, colorspace="BGR")
    except ValueError:
        return None
    return pixels


class SlateKeeper:
    """Writes the newest picture down once in a while, in its own thread: a disk may hang.

    `offer` comes from the render thread, `start` and `close` from its owner's.
    """

    def __init__(
        self, paths: JobPaths, every: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._paths = paths
        self._every = every
        self._clock = clock
        self._due = clock()
        self._waiting: tuple[Picture, MediaInfo] | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="slate", daemon=True)
        self._failed = False
        """To write; it is told once."""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSE_SECONDS)

    def offer(self, shown: Picture, media: MediaInfo, *, at_once: bool = False) -> None:
        """A picture of the program was published; `at_once`: it will stand there for a while."""
        if not media.live or not (at_once or self._clock() >= self._due):
            return
        self._due = self._clock() + self._every
        with self._changed:
            self._waiting = shown, media
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting is not None)
                waiting, self._waiting = self._waiting, None
                if waiting is None:
                    return
            self._keep(*waiting)

    def _keep(self, shown: Picture, media: MediaInfo) -> None:
        try:
            jpeg = shown.to_jpeg(shown.width, shown.height, QUALITY)
            self._write(Head(media=media, check=zlib.crc32(jpeg)).model_dump_json().encode() + b"\n" + jpeg)
        except OSError as error:
            if not self._failed:
                log.warning("the last picture cannot be kept: %s", error)
            self._failed = True
        except Exception:  # a plug-in's own: the program goes on without
            if not self._failed:
                log.exception("no JPEG of the program's picture")
            self._failed = True
        else:
            self._failed = False

    def _write(self, whole: bytes) -> None:
        """Whole, or not at all: what a full disk took of it is given back."""
        part = self._paths.slate_part
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(whole)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._paths.slate)
        except OSError:
            part.unlink(missing_ok=True)
            raise
