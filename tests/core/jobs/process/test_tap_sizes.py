"""How large a picture somebody can have, and at whose cost."""

from queue import Queue

import pytest

from virtualptz.jobs.messages import FrameHeader, TapOf, Watch
from virtualptz.jobs.process.taps import MOST_PIXELS, Taps
from virtualptz.protocols import Picture
from virtualptz.testing.media import ScriptedPicture

WIDE = 16 / 9


def scaled(of: TapOf, scale: str, width: int, height: int) -> tuple[int, int]:
    painted: list[tuple[int, int]] = []
    came: Queue[tuple[FrameHeader, bytes]] = Queue()

    def paint(picture: Picture, at: float, size: tuple[int, int]) -> Picture:
        painted.append(size)
        return picture

    taps = Taps(lambda *frame: came.put(frame), paint)
    taps.watch(Watch(tap="t", of=of, fps=60, scale=scale))
    taps.offer(of, ScriptedPicture(0.0, width, height), 0.0, WIDE)
    taps.start()
    header, jpeg = came.get(timeout=30)
    taps.close()
    size = header.width, header.height
    assert painted in ([], [size])
    assert jpeg.startswith(b"jpeg %dx%d" % size)
    return size


@pytest.mark.parametrize("of", ["source", "program", "overlay"])
def test_a_size_that_is_none_too_large_is_had(of: TapOf) -> None:
    assert scaled(of, "640:-1", 320, 180) == (640, 360)


@pytest.mark.parametrize(
    ("of", "most"), [("source", 3840 * 2160), ("program", 3840 * 2160), ("overlay", MOST_PIXELS)]
)
def test_nobody_can_have_a_picture_enlarged_beyond_measure(of: TapOf, most: int) -> None:
    width, height = scaled(of, "7680:-1", 3840, 2160)
    assert 0.98 * most < width * height <= most
    assert width / height == pytest.approx(WIDE, rel=0.01)


def test_a_small_source_may_be_enlarged_to_hd() -> None:
    assert scaled("source", "7680:-1", 320, 180) == (1280, 720)
