"""The packets of one file in another container, as they are."""

from collections.abc import Callable
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream


def remux(
    source: Path,
    target: Path,
    kinds: tuple[str, ...] = ("video",),
    change: "Callable[[Packet[Stream]], None] | None" = None,
    **metadata: str,
) -> Path:
    """The target, with the streams of these kinds; `change` may move a packet's times."""
    with av.open(source) as whole, av.open(target, "w") as out:
        out.metadata.update(metadata)
        streams = [each for each in whole.streams if each.type in kinds]
        copies = {each.index: out.add_stream_from_template(each) for each in streams}
        for packet in whole.demux(streams):
            if packet.pts is None or packet.dts is None:
                continue
            if change:
                change(packet)
            packet.stream = copies[packet.stream.index]
            out.mux(packet)
    return target
