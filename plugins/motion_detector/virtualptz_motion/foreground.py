"""Which pixels differ from the background, and which of those are a shadow only."""

from dataclasses import dataclass

import cv2
import numpy as np

from .planes import NEUTRAL, Bytes, Floats, Planes, as_bytes, over

FAINT = 9.0
"""Luma: a deviation of a calm pixel from which on it may be somebody, beside pixels that surely are."""
CLEAR = 18.0
"""From which on it is."""
RESTLESS_FAINT, RESTLESS_CLEAR = 2.0, 3.5
"""Times what a pixel deviates by in one picture of six (1.4 sigma of Gaussian noise), on top of the above."""
COLOUR_FAINT, COLOUR_CLEAR = 6.0, 11.0
"""The same of U or V: cameras and codecs keep less of it, and floors have little."""
SHADE_MOST, SHADE_LEAST = 0.97, 0.55
"""A shadow leaves this share of the light."""
SHADE_COLOUR = 5.0
"""U or V: and changes the colour by no more than this beyond making it darker."""


@dataclass(frozen=True)
class Foreground:
    clear: Bytes
    """255 where somebody surely is."""
    faint: Bytes
    """255 where somebody may be: all of `clear`, and what is likely to be the rest of him."""
    deviation: Bytes
    """From the background, luma."""


@dataclass(frozen=True)
class Limits:
    """From which deviation on a pixel is somebody; of colour at half the size."""

    clear: Bytes
    faint: Bytes
    vivid: Bytes
    coloured: Bytes


def limits_of(noise: Floats, sensitivity: float) -> Limits:
    half = np.ascontiguousarray(noise[::2, ::2])
    return Limits(
        _limit(noise, CLEAR / sensitivity, RESTLESS_CLEAR),
        _limit(noise, FAINT / sensitivity, RESTLESS_FAINT),
        _limit(half, COLOUR_CLEAR / sensitivity, RESTLESS_CLEAR / 2),
        _limit(half, COLOUR_FAINT / sensitivity, RESTLESS_FAINT / 2),
    )


def compare(planes: Planes, expected: Planes, limits: Limits) -> Foreground:
    deviation = as_bytes(cv2.absdiff(planes.luma, expected.luma))
    colour = _colour(planes, expected)
    shadow = _shadow(planes, expected)
    lit = ~_doubled(shadow, deviation)
    vivid = _doubled(_beyond(colour, limits.vivid) & ~shadow, deviation)
    coloured = _doubled(_beyond(colour, limits.coloured) & ~shadow, deviation)
    clear = (_beyond(deviation, limits.clear) & lit) | vivid
    faint = (_beyond(deviation, limits.faint) & lit) | coloured | clear
    return Foreground(clear, faint, deviation)


def _limit(noise: Floats, least: float, times: float) -> Bytes:
    return as_bytes(cv2.convertScaleAbs(noise, alpha=times, beta=max(least - times, 1.0)))


def _beyond(deviation: Bytes, limit: Bytes) -> Bytes:
    return as_bytes(cv2.compare(deviation, limit, cv2.CMP_GT))


def _colour(planes: Planes, expected: Planes) -> Bytes:
    both = cv2.absdiff(planes.chroma, expected.chroma)
    half = both.shape[0] // 2
    return np.asarray(cv2.max(both[:half], both[half:]), np.uint8)


def _shadow(planes: Planes, expected: Planes) -> Bytes:
    """At half the size: darker by a factor that a shadow has, the colour darker by the same factor."""
    now, before = np.ascontiguousarray(planes.luma[::2, ::2]), np.ascontiguousarray(expected.luma[::2, ::2])
    lightest = cv2.convertScaleAbs(before, alpha=SHADE_MOST)
    darkest = cv2.convertScaleAbs(before, alpha=SHADE_LEAST)
    shaded = as_bytes(
        cv2.bitwise_and(cv2.compare(now, lightest, cv2.CMP_LT), cv2.compare(now, darkest, cv2.CMP_GT))
    )
    if not shaded.any():
        return shaded
    share = cv2.divide(now, before, dtype=cv2.CV_32F)
    half = planes.chroma.shape[0] // 2
    for rows in (slice(0, half), slice(half, None)):
        colour = expected.chroma[rows].astype(np.float32) - NEUTRAL
        wanted = cv2.convertScaleAbs(cv2.multiply(colour, share) + NEUTRAL)
        shaded &= ~over(as_bytes(cv2.absdiff(planes.chroma[rows], wanted)), SHADE_COLOUR)
    return shaded


def _doubled(half: Bytes, like: Bytes) -> Bytes:
    height, width = like.shape
    return np.asarray(cv2.resize(half, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
