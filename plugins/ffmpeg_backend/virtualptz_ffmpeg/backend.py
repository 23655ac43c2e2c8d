"""The media backend: FFmpeg's libraries through PyAV."""

from collections.abc import Callable, Sequence

import cv2

from virtualptz.model import FilmPart, MediaInfo, OutputSpec, SoundFrom, SourceOptions
from virtualptz.protocols import AudioPacket, BgrArray, MediaSink, MediaSource, Picture, Samples

from .joining import Join
from .opening import open_input
from .options import FFmpegOptions
from .picture import YuvPicture
from .sink import FFmpegSink
from .sound import DrawnSound
from .source import FFmpegSource

HEARD_BEFORE_SECONDS = 1.0
"""A file's time may begin so much before its first picture."""


class FFmpegBackend:
    def __init__(self, options: FFmpegOptions) -> None:
        self._options = options
        cv2.setNumThreads(1)  # a crop is too small to share out, and the cores have encoders to run

    def probe(self, source: str, timeout: float) -> MediaInfo:
        found = self._open(source, SourceOptions(open_timeout=timeout, read_timeout=timeout))
        try:
            return found.info
        finally:
            found.close()

    def open_source(self, source: str, options: SourceOptions) -> MediaSource:
        return self._open(source, options)

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> MediaSink:
        return FFmpegSink(target, output, like, self._options)

    def picture(self, array: BgrArray, pts: float) -> Picture:
        return YuvPicture.drawn(array, pts)

    def audio(self, samples: Samples, sample_rate: int, pts: float) -> AudioPacket:
        return DrawnSound(samples, sample_rate, pts)

    def join(
        self,
        parts: Sequence[FilmPart],
        sound: SoundFrom | None,
        target: str,
        progress: Callable[[float], None],
    ) -> None:
        join, bit_rate = Join(parts, target), self._options.audio_bit_rate
        if sound is None:
            join.write(None, None, bit_rate, progress)
            return
        heard = SourceOptions(start_seconds=max(parts[0].begins - HEARD_BEFORE_SECONDS, 0.0), video=False)
        source = self._open(sound.source, heard)
        try:
            join.write(sound, source, bit_rate, progress)
        finally:
            source.close()

    def _open(self, source: str, options: SourceOptions) -> FFmpegSource:
        opened = open_input(
            source,
            options.open_timeout,
            options.read_timeout,
            self._options.ffmpeg,
            verify=self._options.verify_certificates,
        )
        try:
            return FFmpegSource(
                opened.container,
                source,
                options,
                live=opened.kind.live,
                release=opened.release,
                http=opened.http,
                why=opened.why,
                decode_threads=self._options.decode_threads,
            )
        except BaseException:
            opened.release()
            opened.container.close()
            if opened.http is not None:
                opened.http.end()
            raise
