"""Clips with a known truth in every frame: a counter, a texture that motion can be measured on, a colour
patch, and white flashes with beeps at the same moments."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from . import counter

Luma = npt.NDArray[np.uint8]
AudioCodec = Literal["aac", "mp2", "libopus", ""]

SAMPLE_RATE = 48_000
FLASH_LUMA = 235
FLASH_SECONDS = 0.1
BEEP_HZ = 1000
PATCH_YUV = (90, 54, 34)
"""A green that no counter shows."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip shows. `seconds` is rounded down to whole frames."""

    width: int = 640
    height: int = 360
    fps: Fraction = Fraction(25)
    seconds: float = 10.0
    seed: int = 1
    audio: AudioCodec = "aac"
    flash_every: float = 1.0
    """Seconds between flashes, the first after half of it; 0: none."""
    patch: tuple[float, float, float, float] | None = (0.0, 0.0, 0.125, 0.125)
    """Left, top, width, height of the colour patch as fractions of the picture."""
    codec: str = "libx264"
    crf: int = 20
    preset: str = "ultrafast"
    b_frames: int = 0
    keyframe_seconds: float = 1.0
    gain: float = 1.0
    """Contrast of the texture."""
    grain: tuple[float, ...] = (3.0, 30.0)
    """Sizes of the texture's blobs, pixels."""
    snow: float = 0.0
    """Levels of noise in the luma, another one in each frame: what costs an encoder bits, always."""
    matrix: str = ""
    """Of its colours, as x264 names it; empty: not said, so it is guessed by the size."""
    frozen: tuple[float, float] | None = None
    """From when until when, in seconds, every frame is the same one."""

    @property
    def frames(self) -> int:
        return int(self.seconds * self.fps)

    def flashes(self) -> tuple[float, ...]:
        """When the flashes and beeps begin, in seconds, on whole frames."""
        if not self.flash_every:
            return ()
        times: list[float] = []
        at = self.flash_every / 2
        while at + FLASH_SECONDS < self.seconds:
            times.append(float(Fraction(round(at * self.fps)) / self.fps))
            at += self.flash_every
        return tuple(times)


@lru_cache(maxsize=8)
def texture(
    width: int, height: int, seed: int = 1, gain: float = 1.0, grain: tuple[float, ...] = (3.0, 30.0)
) -> Luma:
    """Smooth random luma, 30..215: detail enough for ECC, none finer than a sub-pixel warp can carry."""
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    total = np.zeros_like(noise)
    for sigma in grain:
        layer = cv2.GaussianBlur(noise, (0, 0), sigma)
        total += layer / layer.std()
    scaled = 128 + 40 * gain * total / total.std()
    return np.asarray(np.clip(scaled, 30, 215).round(), dtype=np.uint8)


def luma(clip: Clip) -> Luma:
    """The clip's luma with no flash: what motion is measured against."""
    plane = texture(clip.width, clip.height, clip.seed, clip.gain, clip.grain).copy()
    if clip.patch is not None:
        plane[_patch_slices(clip, 1)] = PATCH_YUV[0]
    return plane


def _patch_slices(clip: Clip, shrink: int) -> tuple[slice, slice]:
    left, top, width, height = clip.patch or (0, 0, 0, 0)
    rows = slice(int(top * clip.height) // shrink, int((top + height) * clip.height) // shrink)
    columns = slice(int(left * clip.width) // shrink, int((left + width) * clip.width) // shrink)
    return rows, columns


def pictures(clip: Clip) -> Iterator[VideoFrame]:
    """The clip's frames as yuv420p."""
    if clip.frozen is None:
        yield from _moving(clip)
        return
    begins, ends = clip.frozen
    kept: VideoFrame | None = None
    for frame in _moving(clip):
        if not begins <= _time(frame) < ends:
            kept = None
        elif kept is None:
            kept = frame
        else:
            copy = VideoFrame.from_ndarray(kept.to_ndarray(), format="yuv420p")
            copy.pts, copy.time_base = frame.pts, frame.time_base
            frame = copy
        yield frame


def _moving(clip: Clip) -> Iterator[VideoFrame]:
    plain = luma(clip)
    flash = np.full_like(plain, FLASH_LUMA)
    bright = [(at, at + FLASH_SECONDS - 1e-6) for at in clip.flashes()]
    rng = np.random.default_rng(clip.seed)
    for index in range(clip.frames):
        at = float(index / clip.fps)
        lit = any(start <= at < end for start, end in bright)
        u, v = (
            np.full((clip.height // 2, clip.width // 2), level, np.uint8) for level in counter.chroma(index)
        )
        if clip.patch is not None:
            u[_patch_slices(clip, 2)], v[_patch_slices(clip, 2)] = PATCH_YUV[1:]
        y = _snowed(flash if lit else plain, clip.snow, rng) if clip.snow else flash if lit else plain
        planes = np.concatenate([y.ravel(), u.ravel(), v.ravel()])
        frame = VideoFrame.from_ndarray(planes.reshape(clip.height * 3 // 2, clip.width), format="yuv420p")
        frame.pts, frame.time_base = index, 1 / clip.fps
        yield frame


def _snowed(plane: Luma, levels: float, rng: np.random.Generator) -> Luma:
    noise = rng.standard_normal(plane.shape, np.float32) * levels
    return np.asarray(np.clip(plane + noise, 16, 235), dtype=np.uint8)


def sound(clip: Clip) -> npt.NDArray[np.float32]:
    """Two equal channels of silence with a beep at each flash, -1..1."""
    total = round(clip.seconds * SAMPLE_RATE)
    wave = np.zeros(total, np.float32)
    length = round(FLASH_SECONDS * SAMPLE_RATE)
    beep = 0.5 * np.sin(2 * np.pi * BEEP_HZ * np.arange(length) / SAMPLE_RATE)
    for at in clip.flashes():
        start = round(at * SAMPLE_RATE)
        wave[start : start + length] = beep[: total - start]
    return np.stack([wave, wave])


def write(path: Path, clip: Clip) -> Path:
    """Encode the clip into `path`, whose suffix names the container."""
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(path, "w", options=options) as container:
        video = _add_video(container, clip)
        audio = _add_audio(container, clip.audio) if clip.audio else None
        waiting = deque(_sound_chunks(clip, audio) if audio else ())
        for frame in pictures(clip):
            while audio and waiting and _time(waiting[0]) <= _time(frame):
                container.mux(audio.encode(waiting.popleft()))
            container.mux(video.encode(frame))
        while audio and waiting:
            container.mux(audio.encode(waiting.popleft()))
        container.mux(video.encode())
        if audio:
            container.mux(audio.encode())
    return path


def _add_video(container: OutputContainer, clip: Clip) -> VideoStream:
    options = {"preset": clip.preset, "crf": str(clip.crf), "bf": str(clip.b_frames)}
    options["x264-params"] = "scenecut=0" + (f":colormatrix={clip.matrix}" if clip.matrix else "")
    stream = container.add_stream(clip.codec, rate=clip.fps, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
    stream.codec_context.gop_size = max(1, round(clip.keyframe_seconds * clip.fps))
    return stream


def _add_audio(container: OutputContainer, codec: str) -> AudioStream:
    stream = container.add_stream(codec, rate=SAMPLE_RATE, layout="stereo")
    assert isinstance(stream, AudioStream)
    stream.bit_rate = 128_000
    return stream


def _time(frame: VideoFrame | AudioFrame) -> Fraction:
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base


def _sound_chunks(clip: Clip, stream: AudioStream) -> Iterator[AudioFrame]:
    wave = sound(clip)
    resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=SAMPLE_RATE)
    size = stream.codec_context.frame_size or 1024
    for start in range(0, wave.shape[1], size):
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(wave[:, start : start + size]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        yield from resampler.resample(frame)
