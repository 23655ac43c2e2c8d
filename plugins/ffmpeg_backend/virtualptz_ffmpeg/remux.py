"""Writes coded packets into a container: streams from a header blob, then packet after packet.

Run in the publishing process; imports nothing of ours but the packet's shape, so that it starts at once.
"""

import io
from fractions import Fraction

import av
from av.container import InputContainer, OutputContainer

from .coded import Coded


def read_header(header: bytes) -> InputContainer:
    """The streams of `Header.data`. FFmpeg complains that no picture is in it; nobody needs to know."""
    return av.open(io.BytesIO(header), "r", format="nut")


class Remuxer:
    def __init__(self, output: OutputContainer, template: InputContainer, time_bases: list[Fraction]) -> None:
        self._output = output
        self._time_bases = time_bases
        self._streams = [output.add_stream_from_template(stream, opaque=True) for stream in template.streams]
        for stream in self._streams:
            _name_layout(stream)
        output.start_encoding()

    def write(self, coded: Coded) -> None:
        packet = av.Packet(len(coded.data))
        packet.update(coded.data)  # memory of FFmpeg's own: to free Python's, its threads would need the GIL
        packet.stream = self._streams[coded.stream]
        packet.time_base = self._time_bases[coded.stream]
        packet.pts, packet.dts, packet.duration = coded.pts, coded.dts, coded.duration
        packet.is_keyframe = coded.keyframe
        self._output.mux_one(packet)

    def close(self) -> None:
        self._output.close()


def _name_layout(stream: object) -> None:
    """NUT counts channels without naming them; the flv muxer then announces what its own reader rejects."""
    if isinstance(stream, av.AudioStream):
        stream.codec_context.layout = "mono" if stream.codec_context.channels == 1 else "stereo"
