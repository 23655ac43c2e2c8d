"""Decoding what was published: counts, times, flashes, beeps, and every complaint of the decoder."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame

from . import counter

Source = str | Path | IO[bytes]
BEEP_LEVEL = 0.1
FLASH_MEAN = 215
READ_TIMEOUT = 10.0
"""Seconds without a packet after which a stream is over."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One decoded picture."""

    pts: float
    """Seconds on the container's clock."""
    count: int | None
    """The counter modulo 256; None where none could be read."""
    brightness: float
    """Median luma."""
    key: bool
    corner: tuple[int, int, int]
    """Median Y, U, V of the top left: where a clip's colour patch lies while the whole of it is seen."""
    luma: npt.NDArray[np.uint8] | None = None
    arrived: float = 0.0
    """When it had been decoded, on the monotonic clock."""


@dataclass
class Recording:
    """All that came out of a decoder so far."""

    frames: list[Seen] = field(default_factory=list)
    beeps: list[float] = field(default_factory=list)
    """When each beep began."""
    sounds: list[tuple[float, float]] = field(default_factory=list)
    """Of each decoded piece of sound, when it begins and when it ends."""
    audio_seconds: float = 0.0
    audio_codec: str | None = None
    video_codec: str | None = None
    size: tuple[int, int] = (0, 0)
    errors: list[str] = field(default_factory=list)
    _last_loud: float = -1.0

    @property
    def counts(self) -> list[int]:
        """Running counts of the pictures that showed one."""
        return counter.unwrap([frame.count for frame in self.frames if frame.count is not None])

    @property
    def flashes(self) -> list[float]:
        """When each flash began."""
        lit = [frame.brightness > FLASH_MEAN for frame in self.frames]
        return [
            frame.pts
            for index, frame in enumerate(self.frames)
            if index and lit[index] and not lit[index - 1]
        ]

    @property
    def pts(self) -> list[float]:
        return [frame.pts for frame in self.frames]

    def av_offsets(self, within: float = 0.4) -> list[float]:
        """For each flash that has a beep near it: seconds by which the beep comes after the flash."""
        offsets: list[float] = []
        for flash in self.flashes:
            near = [beep - flash for beep in self.beeps if abs(beep - flash) <= within]
            offsets.extend(sorted(near, key=abs)[:1])
        return offsets

    def add_picture(self, frame: VideoFrame, *, keep_luma: bool) -> None:
        if frame.format.name not in {"yuv420p", "yuvj420p"}:
            frame = frame.reformat(format="yuv420p")
        y, u, v = (plane(frame, index) for index in range(3))
        self.size = (frame.width, frame.height)
        if frame.is_corrupt:
            self.errors.append(f"corrupt picture at {frame.time}")
        self.frames.append(
            Seen(
                pts=float(frame.time or 0.0),
                count=counter.read(u, v),
                brightness=float(np.median(y)),
                key=bool(frame.key_frame),
                corner=(_corner(y), _corner(u), _corner(v)),
                luma=y.copy() if keep_luma else None,
                arrived=time.monotonic(),
            )
        )

    def add_sound(self, frame: AudioFrame) -> None:
        samples = frame.to_ndarray()
        mono = samples[0] if frame.format.is_planar else samples[0, :: len(frame.layout.channels)]
        scaled = mono.astype(np.float64)
        if np.issubdtype(mono.dtype, np.integer):
            scaled /= np.iinfo(mono.dtype).max
        if frame.time is None:
            self.errors.append(f"sound without a time behind {self.sounds[-1:]}")
            return
        start = float(frame.time)
        self.audio_seconds += frame.samples / frame.sample_rate
        self.sounds.append((start, start + frame.samples / frame.sample_rate))
        for index in np.flatnonzero(np.abs(scaled) > BEEP_LEVEL):
            at = start + float(index) / frame.sample_rate
            if at - self._last_loud > 0.2 or self._last_loud < 0:
                self.beeps.append(at)
            self._last_loud = at


def _corner(samples: npt.NDArray[np.uint8]) -> int:
    height, width = samples.shape
    return int(np.median(samples[height // 32 : height // 10, width // 32 : width // 10]))


def plane(frame: VideoFrame, index: int) -> npt.NDArray[np.uint8]:
    """A view of one plane, padding cut off."""
    source = frame.planes[index]
    flat = np.frombuffer(source, np.uint8)  # type: ignore[call-overload]
    return np.asarray(flat.reshape(-1, source.line_size)[: source.height, : source.width], dtype=np.uint8)


def decode(
    source: Source,
    recording: Recording | None = None,
    *,
    stop: Callable[[Recording], bool] | None = None,
    keep_luma: bool = False,
    options: dict[str, str] | None = None,
    timeout: float = 20.0,
) -> Recording:
    """Decode a file, a stream or a pipe until its end or until `stop` says so, noting decoder complaints."""
    recording = recording if recording is not None else Recording()
    place = str(source) if isinstance(source, Path) else source
    with av.open(place, "r", options=options or {}, timeout=(timeout, READ_TIMEOUT)) as container:
        streams = [*container.streams.video[:1], *container.streams.audio[:1]]
        for stream in streams:
            stream.codec_context.options = {"err_detect": "explode"}
        recording.video_codec = container.streams.video[0].codec_context.name
        if container.streams.audio:
            recording.audio_codec = container.streams.audio[0].codec_context.name
        _drain(container, streams, recording, stop, keep_luma=keep_luma)
    return recording


def _drain(
    container: InputContainer,
    streams: Iterable[av.stream.Stream],
    recording: Recording,
    stop: Callable[[Recording], bool] | None,
    *,
    keep_luma: bool,
) -> None:
    for packet in container.demux(list(streams)):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            recording.errors.append(f"{packet.stream.type} at {packet.pts}: {error}")
            continue
        for frame in frames:
            if isinstance(frame, VideoFrame):
                recording.add_picture(frame, keep_luma=keep_luma)
            elif isinstance(frame, AudioFrame):
                recording.add_sound(frame)
        if stop is not None and stop(recording):
            return


class Viewer:
    """Somebody who watches a stream in a thread of their own, until `close`."""

    def __init__(
        self,
        source: Source,
        *,
        keep_luma: bool = False,
        options: dict[str, str] | None = None,
        timeout: float = 20.0,
    ) -> None:
        self.recording = Recording()
        self.failure: Exception | None = None
        self._leave = threading.Event()
        self._change = threading.Condition()
        self._thread = threading.Thread(
            target=self._watch, args=(source, keep_luma, options, timeout), name="viewer", daemon=True
        )
        self._thread.start()

    def _watch(self, source: Source, keep_luma: bool, options: dict[str, str] | None, timeout: float) -> None:
        try:
            decode(
                source,
                self.recording,
                stop=self._step,
                keep_luma=keep_luma,
                options=options,
                timeout=timeout,
            )
        except (OSError, av.error.FFmpegError) as error:
            self.failure = error
        finally:
            with self._change:
                self._change.notify_all()

    def _step(self, recording: Recording) -> bool:
        with self._change:
            self._change.notify_all()
        return self._leave.is_set()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def wait(self, condition: Callable[[Recording], bool], timeout: float = 30.0) -> Recording:
        """Wait until the recording fulfils the condition; AssertionError where it never does."""
        with self._change:
            met = self._change.wait_for(lambda: self.ended or condition(self.recording), timeout)
        if not met or not condition(self.recording):
            seen = self.recording
            raise AssertionError(
                f"viewer: condition not met within {timeout} s; frames={len(seen.frames)} "
                f"beeps={len(seen.beeps)} errors={seen.errors[:3]} failure={self.failure!r} "
                f"ended={self.ended}"
            )
        return self.recording

    def wait_frames(self, more: int, timeout: float = 30.0) -> Recording:
        """Wait for that many more pictures from now on."""
        goal = len(self.recording.frames) + more
        return self.wait(lambda recording: len(recording.frames) >= goal, timeout)

    def close(self, timeout: float = 30.0) -> Recording:
        self._leave.set()
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise AssertionError("viewer did not leave")
        return self.recording
