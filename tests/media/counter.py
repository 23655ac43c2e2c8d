"""A frame counter that survives any crop, zoom and coarse coding: the chroma of the whole picture.

The low half byte of the count is the level of U, the high half byte that of V, the same all over the
picture; luma stays free for texture. The median of the planes gives the count back whatever part of the
picture is seen, so long as less than half of it is something else (a colour patch, a caption).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]

MODULUS = 256
STEP = 8
LOWEST = 68
TOLERANCE = 3.0
"""Levels of chroma; the neutral grey of a picture without a counter lies 4 from the nearest code."""


def chroma(count: int) -> tuple[int, int]:
    """U and V that say `count` modulo 256."""
    count %= MODULUS
    return LOWEST + STEP * (count % 16), LOWEST + STEP * (count // 16)


def read(u: Plane, v: Plane) -> int | None:
    """The count modulo 256 of a picture's chroma planes; None where no counter is in it."""
    low, high = _digit(float(np.median(u))), _digit(float(np.median(v)))
    return None if low is None or high is None else 16 * high + low


def _digit(level: float) -> int | None:
    position = (level - LOWEST) / STEP
    nearest = round(position)
    if not 0 <= nearest < 16 or abs(position - nearest) * STEP > TOLERANCE:
        return None
    return nearest


def unwrap(counts: Sequence[int]) -> list[int]:
    """Counts modulo 256 as running counts; each step taken as the smaller way round (-128..127)."""
    running: list[int] = []
    for count in counts:
        last = running[-1] if running else count
        running.append(last + (count - last + MODULUS // 2) % MODULUS - MODULUS // 2)
    return running
