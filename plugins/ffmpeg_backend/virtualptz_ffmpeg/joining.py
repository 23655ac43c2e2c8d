"""One film of parts that were written apart, with the sound of the recording that they were made of."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import av
import av.error
from av.container import InputContainer, OutputContainer

from virtualptz.errors import MediaError
from virtualptz.model import FilmPart, SoundFrom

from .coded import AUDIO, VIDEO, VIDEO_RATE, VIDEO_TIME_BASE, Coded
from .recorder import unwritable
from .sound import CodedSound
from .soundtrack import Soundtrack
from .source import FFmpegSource
from .targets import Target, target_of

SEGMENT_SECONDS = 6.0
"""Of an HLS recording."""
TOLD_EVERY = 1.0
FINISHED: dict[str, dict[str, str]] = {
    "mp4": {"movflags": "+faststart", "avoid_negative_ts": "auto"},
    "hls": {"hls_playlist_type": "vod", "hls_list_size": "0", "hls_flags": "independent_segments"},
}
"""How a file is written that is complete when anybody sees it."""


class Join:
    """Copies pictures and sound into one container, in the order of their decoding times."""

    def __init__(self, parts: Sequence[FilmPart], target: str) -> None:
        """Raises MediaError for what cannot be written, or where there are no parts."""
        if not parts:
            raise MediaError("there is nothing to join", retryable=False)
        self._parts = parts
        self._begins = round(parts[0].begins * VIDEO_RATE)
        plain = target_of(target, SEGMENT_SECONDS)
        self._target = replace(plain, options={**plain.options, **FINISHED.get(plain.format, {})})

    def write(
        self,
        sound: SoundFrom | None,
        source: FFmpegSource | None,
        bit_rate: int,
        tell: Callable[[float], None],
    ) -> None:
        try:
            self._write(sound, source, bit_rate, tell)
        except (av.error.FFmpegError, OSError) as error:
            if isinstance(error, MediaError):
                raise
            raise unwritable(self._target, error) from None

    def _write(
        self,
        sound: SoundFrom | None,
        source: FFmpegSource | None,
        bit_rate: int,
        tell: Callable[[float], None],
    ) -> None:
        with ExitStack() as stack:
            output = stack.enter_context(_opened(self._target))
            copies: list[av.stream.Stream] = [_video_stream(output, self._parts[0])]
            streams: list[Iterator[Coded]] = [self._pictures()]
            bases = [VIDEO_TIME_BASE]
            if sound is not None and source is not None and source.info.audio is not None:
                track = Soundtrack(_Added(output), source.info.audio, bit_rate)
                copies.append(output.streams.audio[0])
                streams.append(self._sounds(sound, source, track))
                bases.append(track.time_base)
            output.start_encoding()
            told = 0.0
            for coded in heapq.merge(*streams, key=lambda each: each.dts * bases[each.stream]):
                _mux(output, copies[coded.stream], coded, bases[coded.stream])
                at = float(coded.dts * bases[coded.stream])
                if at >= told + TOLD_EVERY:
                    told = at
                    tell(at)

    def _pictures(self) -> Iterator[Coded]:
        last = -(1 << 62)
        for part in self._parts:
            begins = round(part.begins * VIDEO_RATE) - self._begins
            for coded in _packets(part.path, begins):
                # Where pictures come at uneven times, the first decoding times of a part are guessed.
                last = max(coded.dts, last + 1)
                yield replace(coded, dts=min(last, coded.pts))

    def _sounds(self, sound: SoundFrom, source: FFmpegSource, track: Soundtrack) -> Iterator[Coded]:
        begins, clock = self._parts[0].begins, _Clock(sound)
        while (item := source.read()) is not None:
            at = clock.time(item.pts)
            if at >= sound.until:
                break
            if at >= begins and isinstance(item, CodedSound):
                yield from track.encode(item, at - begins)
        yield from track.flush()


class _Clock:
    """Stream time of sound, of a source whose own time may jump."""

    def __init__(self, sound: SoundFrom) -> None:
        self._zeros = [sound.zero, *(zero for _, zero in sound.jumps)]
        self._last: float | None = None

    def time(self, pts: float) -> float:
        """Sound goes on: of the zero now and the next one that counts under which it does so better."""
        at = pts - self._zeros[0]
        if self._last is not None and len(self._zeros) > 1:
            after = pts - self._zeros[1]
            if abs(after - self._last) < abs(at - self._last):
                del self._zeros[0]
                at = after
        self._last = at
        return at


class _Added:
    """The output as what makes encoders' contexts."""

    def __init__(self, output: OutputContainer) -> None:
        self._output = output

    def add(self, encoder: str) -> "av.codec.context.CodecContext":
        return self._output.add_stream(encoder).codec_context


def _opened(target: Target) -> OutputContainer:
    Path(target.url).parent.mkdir(parents=True, exist_ok=True)
    return av.open(target.url, "w", format=target.format, options=target.muxer_options)


def _video_stream(output: OutputContainer, part: FilmPart) -> av.VideoStream:
    with _read(part.path) as container:
        stream = output.add_stream_from_template(container.streams.video[0], opaque=True)
    assert isinstance(stream, av.VideoStream)  # noqa: S101 - as its template
    stream.time_base = VIDEO_TIME_BASE
    return stream


def _read(path: str) -> InputContainer:
    return av.open(path, "r")


def _packets(path: str, begins: int) -> Iterator[Coded]:
    """A part's pictures, coded, the first one at `begins`."""
    with closing(_read(path)) as container:
        stream, shift = container.streams.video[0], None
        for packet in container.demux(stream):
            if packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            ticks = packet.time_base / VIDEO_TIME_BASE
            pts, dts = round(packet.pts * ticks), round(packet.dts * ticks)
            shift = begins - pts if shift is None else shift
            length = round((packet.duration or 0) * ticks)
            yield Coded(VIDEO, bytes(packet), pts + shift, dts + shift, length, packet.is_keyframe)


def _mux(output: OutputContainer, stream: av.stream.Stream, coded: Coded, base: object) -> None:
    packet: av.Packet[av.stream.Stream] = av.Packet(len(coded.data))
    packet.update(coded.data)
    packet.stream, packet.time_base = stream, base  # type: ignore[assignment]
    packet.pts, packet.dts, packet.duration = coded.pts, coded.dts, coded.duration
    packet.is_keyframe = coded.keyframe or coded.stream == AUDIO
    output.mux_one(packet)
