"""Decodes a source's sound, damaged or not."""

import av
import av.error
from av.stream import Stream

_Kind = tuple[str, int]
"""Layout and rate."""


class SoundDecoder:
    """Takes one stream's pieces in their order, on one thread.

    FFmpeg's AAC decoder is replaced after each piece that is not like those before. It would keep all that a
    damaged piece makes it set up: up to 64 channels of half a megabyte each.
    """

    def __init__(self, stream: Stream) -> None:
        context = stream.codec_context
        self._replaceable = isinstance(context, av.AudioCodecContext) and context.name == "aac"
        self._own = context
        self._context: av.AudioCodecContext | None = None
        self._kind: _Kind | None = None

    def decode(self, packet: "av.Packet[av.AudioStream]") -> list[av.AudioFrame]:
        if not self._replaceable:
            return packet.decode()
        if self._context is None:
            self._context = self._fresh()
        try:
            frames = self._context.decode(packet)
        except av.error.FFmpegError:
            self._context = None
            raise
        for frame in frames:
            kind = (frame.layout.name, frame.sample_rate)
            if self._kind not in (None, kind):
                self._context = None
            self._kind = kind
        return frames

    def _fresh(self) -> av.AudioCodecContext:
        own = self._own
        made = av.CodecContext.create(own.name, "r")
        assert isinstance(own, av.AudioCodecContext)  # noqa: S101 - else it is not replaceable
        assert isinstance(made, av.AudioCodecContext)  # noqa: S101 - by its name
        made.extradata, made.sample_rate, made.layout = own.extradata, own.sample_rate, own.layout.name
        made.options = own.options
        return made
