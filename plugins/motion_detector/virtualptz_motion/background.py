"""The picture without people, as it has been learnt: brightness, colour, and how restless each pixel is."""

import math

import cv2
import numpy as np

from .light import Light
from .planes import NEUTRAL, Bytes, Floats, Planes, over

SETTLE_SECONDS = 8.0
"""The background follows what slowly changes with this time constant: clouds, a curtain."""
NEW_SECONDS = 0.5
"""The same just after a start or a bump: many pictures' mean, not one picture's grain."""
CALM = 1.0
"""Luma: how much a pixel of a clean picture usually deviates, until more is known of it."""
RESTLESS = 40.0
"""Luma: no pixel is thought to be more restless, so that a person before a scoreboard is still something."""
IGNORED = 90.0
"""Luma: so restless that nothing is seen there. It takes a minute until it is looked at again."""
RATES = (4.0, 1.0)
"""Luma a second by which a pixel's restlessness grows: where nothing is, and where something moves there.
Grain tells at once; of banners it takes half a minute."""
FALL = 0.2
"""It falls so many times as fast as it grows: it settles where one picture in six deviates more."""
RELIGHT = 0.03
"""From this change of light on the whole background is made lighter or darker, also behind people."""


class Background:
    """After Zivkovic's and Manzanera's models, with one mode a pixel: people are kept out of it by others."""

    def __init__(self, planes: Planes) -> None:
        self.luma: Floats = planes.luma.astype(np.float32)
        self.chroma: Floats = planes.chroma.astype(np.float32)
        self.noise: Floats = np.full(planes.luma.shape, CALM, np.float32)

    def under(self, light: Light) -> Planes:
        """What the camera would see now if nobody were there."""
        if light.steady:
            return Planes(_bytes(self.luma), _bytes(self.chroma))
        if abs(light.gain - 1) > RELIGHT:
            self.luma, self.chroma = self._lit(Light(light.gain, None))
            light = light.without_gain()
        luma, chroma = self._lit(light)
        return Planes(_bytes(luma), _bytes(chroma))

    def learn(self, planes: Planes, free: Bytes, dt: float, new: bool) -> None:
        """`free` (255 or 0) is where nobody is."""
        share = 1 - math.exp(-dt / (NEW_SECONDS if new else SETTLE_SECONDS))
        cv2.accumulateWeighted(planes.luma, self.luma, share, free)
        cv2.accumulateWeighted(planes.chroma, self.chroma, share, colour_mask(free))

    def listen(self, deviation: Bytes, something: Bytes, people: Bytes, dt: float) -> None:
        """How much each pixel deviates by itself: not where `people` (255) are, slowly at `something`."""
        more = cv2.compare(deviation, _bytes(self.noise), cv2.CMP_GT)
        # 0 to 3: calm, restless, and the same where something is.
        kind = cv2.addWeighted(more, 1 / 255, something, 2 / 255, 0)
        steps = np.zeros(256, np.float32)
        steps[:4] = [change * rate * dt for rate in RATES for change in (-FALL, 1.0)]
        change = cv2.LUT(kind, steps)
        change[people > 0] = 0
        # What is ignored comes down by itself.
        most = np.maximum(np.minimum(self.noise, IGNORED), RESTLESS)
        np.clip(self.noise + change, CALM, most, out=self.noise)

    @property
    def ignored(self) -> Bytes:
        """255 where what moves is nobody."""
        return over(_bytes(self.noise), RESTLESS)

    def ignore(self, places: Bytes) -> None:
        """Whatever moves there (255) is nobody for a while."""
        self.noise[places > 0] = IGNORED

    def absorb(self, planes: Planes, places: Bytes) -> None:
        """What is there now (255) belongs to the background."""
        cv2.copyTo(planes.luma.astype(np.float32), places, self.luma)
        cv2.copyTo(planes.chroma.astype(np.float32), colour_mask(places), self.chroma)

    def shift(self, planes: Planes, across: float, down: float) -> None:
        """The camera looks elsewhere: what came into sight is taken from the picture."""
        self.luma = _shifted(self.luma, across, down, planes.luma)
        self.noise = _shifted(self.noise, across, down, np.full(planes.luma.shape, CALM, np.float32))
        half = self.chroma.shape[0] // 2
        parts = [
            _shifted(self.chroma[rows], across / 2, down / 2, planes.chroma[rows])
            for rows in (slice(0, half), slice(half, None))
        ]
        self.chroma = np.vstack(parts)

    def _lit(self, light: Light) -> tuple[Floats, Floats]:
        height, width = self.luma.shape
        luma = cv2.multiply(self.luma, light.over(width, height))
        half = light.over(width // 2, height // 2)
        chroma = cv2.multiply(self.chroma - NEUTRAL, np.vstack([half, half])) + NEUTRAL
        return np.asarray(luma, np.float32), np.asarray(chroma, np.float32)


def colour_mask(mask: Bytes) -> Bytes:
    """A mask of pixels as one of the two colour planes."""
    half = mask[::2, ::2]
    return np.vstack([half, half])


def _bytes(plane: Floats) -> Bytes:
    return np.asarray(cv2.convertScaleAbs(plane), np.uint8)


def _shifted(plane: Floats, across: float, down: float, new: Floats | Bytes) -> Floats:
    height, width = plane.shape
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
    moved = new.astype(np.float32)
    cv2.warpAffine(plane, matrix, (width, height), moved, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return moved
