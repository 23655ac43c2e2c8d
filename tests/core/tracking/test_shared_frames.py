"""The ring between two processes: what is read is whole, and nothing is left behind."""

import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from virtualptz.protocols import BgrArray
from virtualptz.tracking.shared_frames import SLOTS, FrameRing, Place, RingReader, SharedFramesError

WIDTH, HEIGHT = 320, 180


def _picture(value: int) -> BgrArray:
    return np.full((HEIGHT, WIDTH, 3), value, np.uint8)


def _rings() -> int:
    """How many this process has open."""
    links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum("virtualptz-frames" in link for link in links)


def test_a_picture_is_read_as_it_was_written() -> None:
    ring = FrameRing(WIDTH, HEIGHT)
    image = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    place = Place.parse(str(ring.write(image)))
    reader = RingReader(place, WIDTH, HEIGHT)
    read = reader.read(place.number)
    assert read is not None
    assert np.array_equal(read, image)
    assert reader.holds(ring.write(image), WIDTH, HEIGHT)
    assert not reader.holds(place, WIDTH, HEIGHT + 2)


def test_a_picture_whose_slot_was_taken_is_not_read() -> None:
    ring = FrameRing(WIDTH, HEIGHT)
    place = ring.write(_picture(1))
    reader = RingReader(place, WIDTH, HEIGHT)
    for value in range(2, 1 + SLOTS):
        ring.write(_picture(value))
        assert reader.read(place.number) is not None
    ring.write(_picture(9))
    assert reader.read(place.number) is None
    assert reader.read(place.number + 100) is None


def test_no_picture_is_torn_while_a_writer_goes_as_fast_as_it_can() -> None:
    ring = FrameRing(WIDTH, HEIGHT)
    place = ring.write(_picture(0))
    reader, stop = RingReader(place, WIDTH, HEIGHT), threading.Event()
    newest = [place.number]

    def write() -> None:
        while not stop.is_set():
            newest[0] = ring.write(_picture(newest[0] % 251)).number

    writer = threading.Thread(target=write)
    writer.start()
    whole = overwritten = 0
    while whole < 300 or overwritten < 1:
        number = newest[0] - (whole + overwritten) % (SLOTS + 1)
        image = reader.read(max(number, 1))
        if image is None:
            overwritten += 1
        else:
            whole += 1
            assert image.min() == image.max() == (max(number, 1) - 1) % 251
    stop.set()
    writer.join()


def test_what_both_have_closed_is_gone() -> None:
    before = _rings()
    ring = FrameRing(WIDTH, HEIGHT)
    place = ring.write(_picture(7))
    reader = RingReader(place, WIDTH, HEIGHT)
    assert _rings() == before + 2
    ring.close()
    ring.close()
    read = reader.read(place.number)
    assert read is not None, "who has it open may still read"
    with pytest.raises(SharedFramesError, match="closed"):
        ring.write(_picture(8))
    with pytest.raises(SharedFramesError, match="cannot be opened"):
        RingReader(place, WIDTH, HEIGHT)
    del reader
    gc.collect()
    assert _rings() == before


def test_a_ring_that_was_forgotten_is_gone_too() -> None:
    before = _rings()
    FrameRing(WIDTH, HEIGHT)
    gc.collect()
    assert _rings() == before


WRITER = """
import sys, numpy as np
from virtualptz.tracking.shared_frames import FrameRing
ring = FrameRing({width}, {height})
print(ring.write(np.full(({height}, {width}, 3), 42, np.uint8)), flush=True)
sys.stdin.read()
"""


def test_a_writer_that_is_killed_leaves_nothing_but_what_is_open() -> None:
    code = WRITER.format(width=WIDTH, height=HEIGHT)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        place = Place.parse(writer.stdout.readline().strip())
        reader = RingReader(place, WIDTH, HEIGHT)
        writer.send_signal(signal.SIGKILL)
        writer.wait(20)
    image = reader.read(place.number)
    assert image is not None
    assert int(image.mean()) == 42
    with pytest.raises(SharedFramesError, match="cannot be opened"):
        RingReader(place, WIDTH, HEIGHT)


def test_other_memory_is_told_from_ours() -> None:
    ring = FrameRing(WIDTH, HEIGHT)
    place = ring.write(_picture(1))
    other = Place(place.pid, place.descriptor, "00" * 8, place.number)
    with pytest.raises(SharedFramesError, match="another process's"):
        RingReader(other, WIDTH, HEIGHT)
    for size in ((WIDTH, HEIGHT + 2), (0, HEIGHT), (7680, 7680)):
        with pytest.raises(SharedFramesError, match="another process's"):
            RingReader(place, *size)
    read_end, write_end = os.pipe()
    with pytest.raises(SharedFramesError, match="cannot be opened"):
        RingReader(Place(os.getpid(), read_end, place.token, 1), WIDTH, HEIGHT)
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("text", ["", "1/2/3", "../../etc/passwd", "1/2/0123456789abcdef/-1", "1/2/xyz/4"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(SharedFramesError, match="not the place"):
        Place.parse(text)


def test_a_machine_without_room_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _rings()

    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SharedFramesError, match="no shared memory: No space left"):
        FrameRing(WIDTH, HEIGHT)
    assert _rings() == before
