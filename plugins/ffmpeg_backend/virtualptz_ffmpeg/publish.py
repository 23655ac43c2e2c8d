"""The publishing process: `python -m virtualptz_ffmpeg.publish`, everything it must know on its stdin.

It copies coded packets into a container and sends it off. libavformat's fifo muxer reconnects and drops
within; what hangs beyond that is seen by the kernel's count of acknowledged bytes, and by the kill of the
process, which always helps. At the end of its input it finishes the file, also when the job was killed.
"""

import io
import json
import os
import signal
import sys
import threading
from fractions import Fraction
from typing import BinaryIO

import av
import av.logging

from .coded import HEAD, HELLO, Coded
from .delivery import Wedge
from .remux import Remuxer, read_header

WEDGED = 3
FINISH_SECONDS = 5
WATCH_SECONDS = 0.5


def main() -> None:
    stdin = io.BufferedReader(io.FileIO(0), 1 << 18)
    lengths = stdin.read(HELLO.size)
    if len(lengths) < HELLO.size:
        return
    hello_length, header_length = HELLO.unpack(lengths)
    hello = json.loads(stdin.read(hello_length))
    template = read_header(stdin.read(header_length))
    av.logging.restore_default_callback()
    av.logging.set_libav_level(av.logging.WARNING if hello["network"] else av.logging.ERROR)
    if hello["network"]:
        threading.Thread(target=_watch, name="delivery", daemon=True).start()
    output = av.open(hello["url"], "w", format=hello["muxer"], options=hello["options"])
    remuxer = Remuxer(output, template, [Fraction(*base) for base in hello["time_bases"]])
    _copy(stdin, remuxer)
    if hello["network"]:
        signal.alarm(FINISH_SECONDS)
    remuxer.close()


def _copy(stdin: BinaryIO, remuxer: Remuxer) -> None:
    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        stream, keyframe, pts, dts, duration, size = HEAD.unpack(head)
        data = stdin.read(size)
        if len(data) < size:
            return
        remuxer.write(Coded(stream, data, pts, dts, duration, bool(keyframe)))


def _watch() -> None:
    wedge = Wedge()
    tick = threading.Event()
    while not tick.wait(WATCH_SECONDS):
        if wedge.seen():
            sys.stderr.write(f"the server has taken nothing for {wedge.patience:g} s\n")
            sys.stderr.flush()
            os._exit(WEDGED)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"publishing failed: {error}")
