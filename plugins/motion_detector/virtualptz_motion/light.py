"""How much lighter or darker a picture is than the background that is remembered, place by place.

Lamps that warm up, the camera's exposure, clouds, mains flicker and the bands that it makes across a rolling
shutter change whole regions by a factor; people change spots. So the factor is a median over surroundings
larger than a person.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .planes import Bools, Bytes, Floats

CELL = 8
"""Pixels: one measurement each. People are larger, and a picture of 640x360 has 3600 of them."""
SURROUNDINGS = 25
"""Cells across: a median over 200 pixels, of which a person fills a part."""
DARK, LIGHT = 24, 230
"""Luma outside of which a factor tells nothing: noise, or clipped."""
LEAST, MOST = 0.25, 4.0
LOCAL = 1.25
"""A place is at most so much lighter or darker than the whole picture is: else it is not the light."""
BAND = 0.15
"""Mains flicker makes bands at most so much lighter or darker: a banner across the hall changes more."""
ALIKE = 0.02
"""Half of a row's cells deviate less from the row's factor: it is one light that they are in."""
STEADY = 0.01
"""Deviations under this are the picture's noise."""
FEW = 0.1
"""Share of cells: with less to measure on, the light is as it was."""


@dataclass(frozen=True)
class Light:
    gain: float
    """Of the picture as a whole."""
    field: Floats | None
    """The factor at each cell; None where it is the same everywhere."""

    @property
    def steady(self) -> bool:
        return self.field is None and abs(self.gain - 1) < STEADY

    def without_gain(self) -> "Light":
        return Light(1.0, None if self.field is None else self.field / self.gain)

    def over(self, width: int, height: int) -> Floats:
        """The factor at each pixel."""
        if self.field is None:
            return np.full((height, width), self.gain, np.float32)
        return np.asarray(cv2.resize(self.field, (width, height)), np.float32)


UNCHANGED = Light(1.0, None)


def coarse(plane: Bytes | Floats) -> Floats:
    height, width = plane.shape
    size = (max(1, width // CELL), max(1, height // CELL))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def measure(luma: Bytes, mean: Floats, people: Bytes) -> Light:
    """`people` (255 or 0) were in the picture before: what is measured there is not the light."""
    now, before = coarse(luma), coarse(mean)
    free = coarse(people) < 128
    known: Bools = (before > DARK) & (before < LIGHT) & (now > DARK / 2) & (now < LIGHT) & free
    if np.count_nonzero(known) < FEW * known.size:
        return UNCHANGED
    ratio = now / np.maximum(before, 1)
    gain = float(np.clip(np.median(ratio[known]), LEAST, MOST))
    even = np.where(known, ratio / gain, 1.0).astype(np.float32)
    bands = _bands(even, known)
    field = bands * _field(even / bands)
    if abs(gain - 1) < STEADY:
        gain = 1.0
    if float(np.abs(field - 1).max()) < 2 * STEADY:
        return Light(gain, None)
    return Light(gain, gain * field)


def _bands(ratio: Floats, known: Bools) -> Floats:
    """For each row of cells its own factor, where the row agrees on one: n x 1."""
    factor = np.median(ratio, axis=1, keepdims=True)
    unlike = np.median(np.abs(ratio - factor), axis=1, keepdims=True)
    agreed = (unlike < ALIKE) & (np.abs(factor - 1) < BAND) & (known.mean(axis=1, keepdims=True) > 0.5)
    return np.asarray(np.where(agreed, factor, 1.0), np.float32)


def _field(ratio: Floats) -> Floats:
    """What is left of the ratios where people and other small things are taken out."""
    levels = np.clip((ratio - 1) / (LOCAL - 1) * 127 + 128, 0, 255).astype(np.uint8)
    size = min(SURROUNDINGS, (min(levels.shape) - 1) // 2 * 2 + 1)
    if size < 3:
        return np.ones_like(ratio)
    smooth = cv2.blur(cv2.medianBlur(levels, size), (5, 5))
    return np.asarray((np.asarray(smooth, np.float32) - 128) / 127 * (LOCAL - 1) + 1, np.float32)
