"""The program's sound: copied where it fits the stream that was announced, else coded anew."""

import logging
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import av
import av.error
from av.audio.fifo import AudioFifo
from av.audio.resampler import AudioResampler

from virtualptz.errors import MediaError
from virtualptz.model import AudioInfo

from .coded import AUDIO, Coded
from .sound import AAC_FRAME, LOW_COMPLEXITY, CodedSound, DrawnSound, SoundFormat

log = logging.getLogger(__name__)

COPIED = {"aac": "aac", "mp3": "libmp3lame"}
"""What every target takes as it is, and the encoder for the same."""
AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
MP3_RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
GAP_SECONDS = 0.1
"""Sound whose time stamps are off by more than this has a hole, and is placed anew."""
JITTER_SECONDS = 0.03
"""Sound that is off by less is taken to follow what was before it; else it is moved to its place."""


class Contexts(Protocol):
    """Makes encoders' contexts: a header, or a container that is written at once."""

    def add(self, encoder: str) -> "av.codec.context.CodecContext": ...


class Soundtrack:
    """One sound stream of a fixed format. Used by one thread.

    A source whose sound changes (another rate after a reconnect, another codec) goes on in the format that
    was announced: what cannot be copied under it is decoded and coded.
    """

    def __init__(self, header: Contexts, like: AudioInfo, bit_rate: int) -> None:
        codec = like.codec if like.codec in COPIED else "aac"
        rate = (
            like.sample_rate if like.sample_rate in (AAC_RATES if codec == "aac" else MP3_RATES) else 48_000
        )
        channels = min(max(like.channels, 1), 2)
        profile = LOW_COMPLEXITY if codec == "aac" else 0
        self.format = SoundFormat(codec, rate, channels, profile)
        context = header.add(COPIED[codec])
        assert isinstance(context, av.AudioCodecContext)  # noqa: S101 - by its name
        self.context = context
        self._configure(bit_rate)
        self.time_base = Fraction(1, rate)
        self._recoder = Recoder(self.context, rate, channels)
        self._last_dts: int | None = None
        self._copies = True
        """Until a damaged piece has come: some can be decoded, and leave a viewer's decoder in disarray."""

    def _configure(self, bit_rate: int) -> None:
        context = self.context
        context.sample_rate = self.format.sample_rate
        context.layout = "mono" if self.format.channels == 1 else "stereo"
        context.time_base = Fraction(1, self.format.sample_rate)
        context.bit_rate = bit_rate
        context.flags |= av.codec.context.Flags.global_header
        try:
            context.open()
        except av.error.FFmpegError as error:
            raise MediaError(
                f"the sound's encoder does not open: {error.strerror}", retryable=False
            ) from None

    def encode(self, sound: CodedSound | DrawnSound, pts: float) -> Iterator[Coded]:
        if isinstance(sound, CodedSound) and sound.format == self.format:
            if self._copies and (not sound.doubtful or self._is_whole(sound)):
                yield from self._in_order(self._copied(sound, pts))
                return
            if self._copies:
                log.warning("the source's sound is damaged: from now on it is coded anew")
                self._copies = False
                return
        for frame in self._frames(sound):
            for packet in self._recoder.encode(frame, pts):
                yield from self._in_order(packet)
            pts += frame.samples / frame.sample_rate

    def flush(self) -> Iterator[Coded]:
        for packet in self._recoder.flush():
            yield from self._in_order(packet)

    def _is_whole(self, sound: CodedSound) -> bool:
        """Whether it can be decoded, and is then what it says, and no more."""
        try:
            frames = sound.decode()
        except av.error.FFmpegError:
            return False
        if self.format.codec == "aac" and sum(frame.samples for frame in frames) > AAC_FRAME:
            return False
        like = (self.format.sample_rate, self.format.channels)
        return all((frame.sample_rate, len(frame.layout.channels)) == like for frame in frames)

    def _copied(self, sound: CodedSound, pts: float) -> Coded:
        rate = self.format.sample_rate
        ticks = round(pts * rate)
        return Coded(AUDIO, sound.data, ticks, ticks, round(sound.duration * rate), True)

    def _frames(self, sound: CodedSound | DrawnSound) -> list[av.AudioFrame]:
        if isinstance(sound, DrawnSound):
            return [sound.frame()]
        try:
            return sound.decode()
        except av.error.FFmpegError as error:
            log.debug("a piece of sound cannot be decoded: %s", error.strerror)
            return []

    def _in_order(self, packet: Coded) -> Iterator[Coded]:
        """Muxers end at a step back, and round what is hardly a step forward to none.

        A packet of which the larger part lies under the one before it is no loss to a listener.
        """
        least = max(packet.duration // 2, self.format.sample_rate // 1000)
        if self._last_dts is None or packet.dts - self._last_dts > least:
            self._last_dts = packet.dts
            yield packet


class Recoder:
    """Resamples, cuts into the encoder's frames, and keeps to the time stamps of what comes in."""

    def __init__(self, context: av.AudioCodecContext, rate: int, channels: int) -> None:
        self._context = context
        self._rate = rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._resampler = self._new_resampler()
        self._kind: tuple[str, str, int] | None = None
        """Of the sound that comes in: format, layout and rate."""
        self._fifo = AudioFifo()
        self._next: int | None = None

    def encode(self, frame: av.AudioFrame, pts: float) -> Iterator[Coded]:
        early = self._place(pts)
        frame.pts = None
        for piece in self._resampled(frame):
            early = self._take(piece, early)
        while (full := self._fifo.read(self._context.frame_size or 1024)) is not None:
            yield from self._code(full)

    def flush(self) -> Iterator[Coded]:
        rest = self._fifo.read(0, partial=True)
        if rest is not None and self._next is not None:
            yield from self._code(rest)
        if self._next is not None:
            yield from self._packets(None)

    def _resampled(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:  # PyAV's own check is left out where it has nothing to convert at first
            self._kind, self._resampler = kind, self._new_resampler()
        return self._resampler.resample(frame)

    def _place(self, pts: float) -> int:
        """Make room for sound of `pts`; how many of its samples are there already, under what came before."""
        here = round(pts * self._rate) - self._fifo.samples
        if self._next is None or here - self._next > GAP_SECONDS * self._rate:
            self._next = here
        off = here - self._next
        if off > JITTER_SECONDS * self._rate:
            self._put(self._silence(off))
        return -off if off < -JITTER_SECONDS * self._rate else 0

    def _take(self, piece: av.AudioFrame, early: int) -> int:
        """The piece without its first `early` samples; how many of the next are early too."""
        if early >= piece.samples:
            return early - piece.samples
        if early:
            cut = AudioFifo()
            cut.write(piece)
            cut.read(early)
            rest = cut.read(0, partial=True)
            assert rest is not None  # noqa: S101 - fewer were cut off than there are
            piece = rest
        self._put(piece)
        return 0

    def _put(self, piece: av.AudioFrame) -> None:
        """The fifo holds frames of one kind only, the time base included; it need not know the time."""
        piece.pts, piece.time_base = None, Fraction(1, self._rate)
        self._fifo.write(piece)

    def _silence(self, samples: int) -> av.AudioFrame:
        frame = av.AudioFrame(self._context.format.name, self._layout, samples)
        frame.sample_rate = self._rate
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        return frame

    def _code(self, frame: av.AudioFrame) -> Iterator[Coded]:
        assert self._next is not None  # noqa: S101 - placed before anything is written
        frame.pts, frame.time_base = self._next, Fraction(1, self._rate)
        self._next += frame.samples
        yield from self._packets(frame)

    def _packets(self, frame: av.AudioFrame | None) -> Iterator[Coded]:
        for packet in self._context.encode(frame):
            if packet.pts is not None:
                yield Coded(AUDIO, bytes(packet), packet.pts, packet.pts, packet.duration or 0, True)

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler(self._context.format, self._layout, self._rate)
