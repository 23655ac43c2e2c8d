"""What a muxer must know before the first packet, as bytes: the streams' parameters in an empty NUT file."""

import io
from fractions import Fraction

import av


class Header:
    """Makes the encoders' contexts, and the header of a file that holds their streams.

    NUT, because it keeps codec data as the encoder made it (start codes, nothing repacked). Streams are
    numbered in the order in which they are added: the picture first.
    """

    def __init__(self) -> None:
        self._written = io.BytesIO()
        self._container = av.open(self._written, "w", format="nut")

    def add(self, encoder: str) -> av.codec.context.CodecContext:
        """A context, not open yet, of the named encoder. Raises ValueError or FFmpegError for none such."""
        return self._container.add_stream(encoder).codec_context

    def data(self) -> bytes:
        """Once every encoder is open. NUT's reader wants to see one frame behind the header: an empty one."""
        self._container.start_encoding()
        frame = av.Packet(b"\0")
        frame.stream, frame.pts, frame.dts = self._container.streams.video[0], 0, 0
        frame.time_base, frame.is_keyframe = Fraction(1, 1000), True
        self._container.mux_one(frame)
        self._container.close()
        return self._written.getvalue()
