"""The program's output: encode, queue, publish."""

import logging
from fractions import Fraction

from virtualptz.errors import MediaError
from virtualptz.model import MediaInfo, OutputSpec
from virtualptz.protocols import AudioPacket, Picture, SinkStats

from .coded import VIDEO_TIME_BASE, Coded
from .encoder import VideoEncoder
from .gops import GopQueue
from .header import Header
from .options import FFmpegOptions
from .picture import YuvPicture
from .publisher import Publisher
from .recorder import Recorder
from .routes import RouteTo
from .sound import CodedSound, DrawnSound
from .soundtrack import Soundtrack
from .targets import target_of

log = logging.getLogger(__name__)


class FFmpegSink:
    """Encodes at once; the first picture decides the colours, and starts the publisher."""

    def __init__(self, target: str, output: OutputSpec, like: MediaInfo, options: FFmpegOptions) -> None:
        self._output = output
        self._like = like
        self._options = options
        self._target = target_of(target, output.keyframe_seconds) if target not in ("", "null") else None
        self._encoder: VideoEncoder | None = None
        self._soundtrack: Soundtrack | None = None
        self._queue = GopQueue(options.publish_buffer_seconds, VIDEO_TIME_BASE.denominator)
        self._route: RouteTo | None = None
        self._publisher: Publisher | None = None
        self._recorder: Recorder | None = None
        """In place of route and publisher where the output is not live."""
        self._frames = 0
        self._closed = False

    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        if self._closed:
            raise MediaError("written after close", retryable=False)
        if isinstance(item, YuvPicture):
            self._write_picture(item, pts)
        elif isinstance(item, (CodedSound, DrawnSound)):
            self._write_sound(item, pts)
        else:
            raise MediaError(f"{type(item).__name__} is not of this backend", retryable=False)

    @property
    def stats(self) -> SinkStats:
        publisher, route, recorder = self._publisher, self._route, self._recorder
        shown = (recorder or route or self._target).shown if self._target else ""
        return SinkStats(
            frames_encoded=self._frames,
            packets_dropped=self._queue.dropped,
            publisher_restarts=publisher.restarts if publisher else 0,
            bytes_written=writer.bytes_written if (writer := publisher or recorder) else 0,
            last_error=publisher.last_error if publisher else None,
            publish=publisher.report if publisher else None,
            target=shown,
            bytes_acknowledged=publisher.bytes_acknowledged if publisher else None,
            took_out=publisher.took_out.histogram if publisher else None,
        )

    @property
    def publisher_pid(self) -> int | None:
        """The publishing process, while there is one."""
        return None if self._publisher is None else self._publisher.pid

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._flush()
        finally:
            if self._publisher is not None:
                self._publisher.close()
            if self._recorder is not None:
                self._recorder.close()
            self._queue.discard()

    def _write_picture(self, picture: YuvPicture, pts: float) -> None:
        encoder = self._encoder or self._open(picture)
        for packet in encoder.encode(picture, pts):
            self._put(packet)
        self._frames += 1

    def _write_sound(self, sound: CodedSound | DrawnSound, pts: float) -> None:
        if self._soundtrack is not None:
            for packet in self._soundtrack.encode(sound, pts):
                self._put(packet)

    def _open(self, first: YuvPicture) -> VideoEncoder:
        header = Header()
        rate = Fraction(self._like.video.frame_rate)
        encoder = VideoEncoder(header, self._output, rate, first.colour, self._options)
        time_bases = [VIDEO_TIME_BASE]
        if self._like.audio is not None:
            self._soundtrack = Soundtrack(header, self._like.audio, self._options.audio_bit_rate)
            time_bases.append(self._soundtrack.time_base)
        if self._target is not None and not self._output.live:
            self._recorder = Recorder(self._target, header.data(), time_bases)
        elif self._target is not None:
            self._route = RouteTo(self._target, header.data(), time_bases, self._options.ffmpeg)
            self._publisher = Publisher(self._queue, self._route.route)
        self._encoder = encoder
        return encoder

    def _put(self, packet: Coded) -> None:
        if self._recorder is not None:
            self._recorder.write(packet)
        elif self._publisher is not None:
            self._queue.put(packet)

    def _flush(self) -> None:
        if self._encoder is None:
            return
        for packet in self._encoder.flush():
            self._put(packet)
        if self._soundtrack is not None:
            for packet in self._soundtrack.flush():
                self._put(packet)
