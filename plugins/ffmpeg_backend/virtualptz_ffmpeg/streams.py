"""Which streams of a container are used, and what they are."""

import os
from dataclasses import dataclass, replace
from fractions import Fraction

import av
from av.container import InputContainer

from virtualptz.errors import MediaError
from virtualptz.model import AudioInfo, MediaInfo, VideoInfo

from .inputs import DECODERS

FULL_HD = 1920 * 1088
MAX_FRAME_THREADS = 4
FALLBACK_RATE = Fraction(25)
SANE_RATES = (Fraction(1), Fraction(240))
BURSTY_FORMATS = frozenset({"hls"})


@dataclass(frozen=True)
class Streams:
    video: av.VideoStream
    audio: av.AudioStream | None
    wanted: list[av.VideoStream | av.AudioStream]
    awaited: av.AudioStream | None = None
    """Sound that was announced, and of which nothing has come that would tell what it is."""

    @classmethod
    def of(
        cls, container: InputContainer, *, audio: bool, live: bool, threads: int, pictures: bool = True
    ) -> "Streams":
        """The best video and its sound. Raises MediaError where there is no picture that can be decoded."""
        video = container.streams.best("video")
        if not isinstance(video, av.VideoStream):
            raise MediaError("no video in the source", retryable=live)
        if not _decodable(video):
            raise MediaError(f"no decoder is allowed for {_codec_name(video)} video", retryable=live)
        if not video.codec_context.width:
            raise MediaError("no keyframe came in time to tell the picture's size", retryable=live)
        sound = container.streams.best("audio")
        if (
            not isinstance(sound, av.AudioStream)
            or not _decodable(sound)
            or not sound.codec_context.sample_rate
        ):
            sound = None
        elif live:
            sound.codec_context.options = {"err_detect": "explode"}
        awaited = _awaited(container) if live and audio and sound is None else None
        _thread(video.codec_context, threads)
        heard = [stream for stream in (sound, awaited) if audio and stream is not None]
        return cls(video, sound, [video, *heard] if pictures else [*heard], awaited)


def describe(container: InputContainer, streams: Streams, *, live: bool) -> MediaInfo:
    context = streams.video.codec_context
    aspect = streams.video.sample_aspect_ratio
    video = VideoInfo(
        codec=context.codec.canonical_name,
        width=context.width,
        height=context.height,
        frame_rate=frame_rate(streams.video),
        sample_aspect=aspect or Fraction(1),
    )
    duration = container.duration / av.time_base if container.duration else None
    ends = not live or (container.format.name == "hls" and duration is not None)
    return MediaInfo(
        video=video,
        audio=None if streams.audio is None else _audio_info(streams.audio),
        duration=duration if ends else None,
        live=not ends,
        realtime=live and container.format.name not in BURSTY_FORMATS,
    )


class Description:
    """What the source is, kept true: within a stream, pictures may become larger, smaller, more or fewer."""

    def __init__(self, streams: Streams, info: MediaInfo) -> None:
        self.info = info
        self._context = streams.video.codec_context
        self._rate: Fraction | None = None
        """As the coded pictures tell it, of the last one: fields, perhaps."""

    def seen(self, frame: av.VideoFrame) -> None:
        """A keyframe was decoded."""
        video = self.info.video
        rate = self._rate_of(video.frame_rate)
        if (frame.width, frame.height) == (video.width, video.height) and rate == video.frame_rate:
            return
        aspect = self._context.sample_aspect_ratio or Fraction(1)
        video = replace(video, width=frame.width, height=frame.height, frame_rate=rate, sample_aspect=aspect)
        self.info = replace(self.info, video=video)

    def _rate_of(self, known: Fraction) -> Fraction:
        coded = self._context.framerate
        if not coded:
            return known
        before, self._rate = self._rate or coded, coded
        now = known * coded / before
        return now if SANE_RATES[0] <= now <= SANE_RATES[1] else known


def frame_rate(stream: av.VideoStream) -> Fraction:
    """The stream's own word, as far as it can be true."""
    for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate):
        if rate is not None and SANE_RATES[0] <= rate <= SANE_RATES[1]:
            return Fraction(rate).limit_denominator(1001)
    return FALLBACK_RATE


def _awaited(container: InputContainer) -> av.AudioStream | None:
    unknown = (stream for stream in container.streams.audio if not stream.codec_context.sample_rate)
    return next((stream for stream in unknown if _decodable(stream)), None)


def _audio_info(stream: av.AudioStream) -> AudioInfo:
    context = stream.codec_context
    return AudioInfo(context.codec.canonical_name, context.sample_rate, context.channels)


def _thread(context: av.VideoCodecContext, threads: int) -> None:
    """Threads that decode frames side by side cost a third more and a frame of delay each.

    One core decodes 1080p at ten times its pace, so only larger pictures get them.
    """
    large = context.width * context.height > FULL_HD
    count = threads or (min(MAX_FRAME_THREADS, os.cpu_count() or 1) if large else 1)
    context.thread_type = "SLICE" if count == 1 else "AUTO"
    context.thread_count = count


def _decodable(stream: av.VideoStream | av.AudioStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.name in DECODERS


def _codec_name(stream: av.VideoStream) -> str:
    return "unknown" if stream.codec_context is None else stream.codec_context.name
