"""One connection to a source, opened by FFmpeg's libraries: pictures and sound in decoding order."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeAlias, cast

import av
import av.error
from av.container import InputContainer
from av.stream import Stream

from virtualptz.errors import MediaChangedError, MediaError, MediaTimeoutError
from virtualptz.model import MediaInfo, SourceOptions
from virtualptz.protocols import AudioPacket, Picture

from .changes import Codec, audio_codec, has_grown, video_codec
from .failure import media_error, named
from .http_body import NO_PARTS
from .http_input import HttpInput
from .picture import YuvPicture
from .sound import CodedSound, SoundFormat, aac_format
from .sound_decoder import SoundDecoder
from .streams import Description, Streams, describe

log = logging.getLogger(__name__)

_Packet: TypeAlias = "av.Packet[Stream]"
BAD_PACKETS = 300
"""In a row, with no picture between them: more is no glitch."""
LOOK_SECONDS = 0.5
"""How often it is asked whether there are new streams."""
SELF_TOLD = "mpegts"
"""The format in which a stream may change its codec, and each packet begins with a mark of it."""


class FFmpegSource:
    """Reads an open container. `release` frees what carries its bytes, and may be called at any time."""

    def __init__(
        self,
        container: InputContainer,
        uri: str,
        options: SourceOptions,
        *,
        live: bool,
        release: Callable[[], None],
        decode_threads: int = 0,
        http: HttpInput | None = None,
        why: Callable[[], MediaError | None] = lambda: None,
    ) -> None:
        self._container = container
        self._uri = uri
        self._live = live
        self._release = release
        self._http = http
        self._why = why
        self._options = options
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._items: deque[YuvPicture | CodedSound] = deque()
        self._streams = Streams.of(
            container, audio=options.audio, live=live, threads=decode_threads, pictures=options.video
        )
        self._told = Description(self._streams, describe(container, self._streams, live=live))
        self._sound_decoder = None if self._streams.audio is None else SoundDecoder(self._streams.audio)
        self._start = self._seek(options.start_seconds)
        self._packets: Iterator[_Packet] = container.demux(self._streams.wanted)
        self._codecs = self._codecs_to_watch()
        self._looked = self._pictured = time.monotonic()
        self._sound_since_picture = 0.0
        self._bad = self._bad_in_a_row = 0
        self._last_pts: float | None = None
        self._tick = _tick_of(self._streams.video)
        self._sound_tick = (0, 1) if self._streams.audio is None else _tick_of(self._streams.audio)

    @property
    def info(self) -> MediaInfo:
        return self._told.info

    @property
    def packets_skipped(self) -> int:
        """Packets that no picture or sound could be had from."""
        return self._bad

    def read(self) -> Picture | AudioPacket | None:
        try:
            with self._lock:
                return None if self._closed.is_set() else self._next()
        finally:
            if self._closed.is_set():
                self.close()

    def close(self) -> None:
        self._closed.set()
        self._release()
        if self._lock.acquire(blocking=False):
            try:
                self._container.close()
                if self._http is not None:
                    self._http.end()
            finally:
                self._lock.release()

    def _next(self) -> Picture | AudioPacket | None:
        while not self._items:
            packet = self._fetch()
            if packet is None or self._closed.is_set():
                return None
            self._items.extend(self._unpack(packet))
        return self._items.popleft()

    def _fetch(self) -> "_Packet | None":
        began = time.monotonic()
        packet = self._next_packet()
        waited = time.monotonic() - began
        if self._live and waited >= self._options.read_timeout and not self._closed.is_set():
            # At its time-out a demuxer hands out what its parser has left, or ends, and would wait once more.
            raise MediaTimeoutError(f"nothing came for {waited:.1f} s")
        return packet

    def _next_packet(self) -> "_Packet | None":
        if self._http is not None:
            self._http.expect()
        try:
            self._look_for_streams()
            packet = next(self._packets, None)
            if packet is None and self._http is not None and self._http.failure is not None:
                raise self._http.failure
        except IndexError:  # PyAV, at the end of a container that has got more streams than it knows
            return None
        except (av.error.FFmpegError, MediaError) as error:
            if self._closed.is_set():
                return None
            raise self._reading_failed(error) from None
        return packet

    def _reading_failed(self, error: av.error.FFmpegError | MediaError) -> MediaError:
        if isinstance(error, MediaChangedError):
            return error
        if (why := self._why()) is not None:
            return named(why, self._uri, "reading")
        if self._lacks_its_index(error):
            text = f"{NO_PARTS}, and this file's index is at its end"
            return named(MediaError(text, retryable=False), self._uri, "reading")
        return media_error(error, self._uri, "reading", live=self._live)

    def _lacks_its_index(self, error: Exception) -> bool:
        """FFmpeg has read to the end for the index of an MP4, and cannot go back to what it is of."""
        stays = self._http is not None and not self._http.seekable
        invalid = isinstance(error, av.error.InvalidDataError)
        return stays and invalid and self._last_pts is None and "mp4" in self._container.format.name

    def _unpack(self, packet: _Packet) -> Iterator[YuvPicture | CodedSound]:
        stream = packet.stream
        if (codec := self._codecs.get(stream.index)) is not None:
            codec.look(packet)
        if stream is self._streams.video:
            yield from self._pictures(packet)
        elif stream is self._streams.awaited:
            raise MediaChangedError("the source has sound by now")
        elif packet.size and packet.pts is not None:
            sound = self._sound(packet)
            if sound.pts + sound.duration > self._start:
                self._check_pictures_come(sound.duration)
                yield sound

    def _codecs_to_watch(self) -> dict[int, Codec]:
        """By the streams' indices."""
        video, audio = self._streams.video, self._streams.audio
        if self._container.format.name != SELF_TOLD:
            return {}
        watched = {video.index: Codec(video.codec_context.name, video_codec)}
        if audio is not None:
            watched[audio.index] = Codec(audio.codec_context.name, audio_codec)
        return watched

    def _look_for_streams(self) -> None:
        """PyAV drops what comes in streams that were not there at first, as if nothing came."""
        now = time.monotonic()
        if not self._live or now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        lacking = self._options.audio and self._streams.audio is None
        if (lacking or now - self._pictured > LOOK_SECONDS) and has_grown(self._container):
            raise MediaChangedError("the source has got another stream")
        self._packets = self._container.demux(self._streams.wanted)

    def _pictures(self, packet: _Packet) -> Iterator[YuvPicture]:
        try:
            frames = cast(list[av.VideoFrame], packet.decode())
        except av.error.FFmpegError as error:
            self._count_bad(error)
            return
        for frame in frames:
            self._bad_in_a_row = 0
            self._pictured, self._sound_since_picture = time.monotonic(), 0.0
            if frame.key_frame:
                self._told.seen(frame)
            pts = self._time_of(frame)
            if pts >= self._start - self._interval() / 2:
                yield YuvPicture.of(frame, pts)

    def _interval(self) -> float:
        return float(1 / self._told.info.video.frame_rate)

    def _time_of(self, frame: av.VideoFrame) -> float:
        if frame.pts is not None:
            pts = frame.pts * self._tick[0] / self._tick[1]
        else:
            pts = 0.0 if self._last_pts is None else self._last_pts + self._interval()
        self._last_pts = pts
        return pts

    def _sound(self, packet: _Packet) -> CodedSound:
        stream, decoder = self._streams.audio, self._sound_decoder
        assert stream is not None  # noqa: S101 - only its packets come here
        assert decoder is not None  # noqa: S101 - made for it
        context = stream.codec_context
        codec, data = context.name, bytes(packet)
        format_ = SoundFormat(codec.removesuffix("float"), context.sample_rate, context.channels)
        if codec == "aac":
            data, format_ = aac_format(data, context.extradata, format_)
        counts, per = self._sound_tick
        pts, duration = (packet.pts or 0) * counts / per, (packet.duration or 0) * counts / per
        coded = cast("av.Packet[av.AudioStream]", packet)
        return CodedSound(data, format_, pts, duration, coded, decoder, doubtful=self._live)

    def _check_pictures_come(self, sound_seconds: float) -> None:
        """A camera whose picture has died may go on sending sound for ever."""
        self._sound_since_picture += sound_seconds
        patience = 2 * self._options.read_timeout + 1
        if self._live and self._last_pts is not None and self._sound_since_picture > patience:
            raise MediaTimeoutError("sound comes, but no picture any more")

    def _count_bad(self, error: av.error.FFmpegError) -> None:
        self._bad += 1
        self._bad_in_a_row += 1
        if self._bad == 1:
            log.warning("the source sends what cannot be decoded (%s); it is skipped", error.strerror)
        if self._bad_in_a_row > BAD_PACKETS:
            raise MediaError("nothing of what the source sends can be decoded", retryable=self._live)

    def _seek(self, start_seconds: float) -> float:
        """Go to the keyframe before; the time stamp from which on pictures count."""
        if self._live or start_seconds <= 0:
            return float("-inf")
        duration = self._told.info.duration
        if duration is not None and start_seconds >= duration:
            raise MediaError(
                f"start_seconds {start_seconds:g} is past the file's end ({duration:.1f} s)", retryable=False
            )
        first = self._container.start_time or 0
        offset = first + round(start_seconds * av.time_base)
        try:
            self._container.seek(offset)
        except av.error.FFmpegError as error:
            raise media_error(error, self._uri, "seeking in", live=False) from None
        return offset / av.time_base


def _tick_of(stream: Stream) -> tuple[int, int]:
    """The unit of its time stamps, in seconds, as numerator and denominator: a Fraction costs more a packet
    than all else that is done to its time."""
    time_base = stream.time_base or Fraction(1, av.time_base)
    return time_base.numerator, time_base.denominator
