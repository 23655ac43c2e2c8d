"""The court clip's sound: a beep at each whole second, when the boards and the corner patch flash."""

from fractions import Fraction

import numpy as np

from ..protocols import Samples

RATE = 48000
CHANNELS = 2
TONE_HERTZ = 1000
BEEP_SECONDS = 0.1
LOUDNESS = 0.5
RAMP_SECONDS = 0.001
"""Of a beep's two ends, so that it does not click, and its beginning stays sharp to a millisecond."""


def beeps(first: int, after: int) -> Samples:
    """Samples number `first` up to, not including, `after`: a pure function of their numbers."""
    within = np.arange(first, after, dtype=np.int64) % RATE / RATE
    ends = np.minimum(within, BEEP_SECONDS - within) / RAMP_SECONDS
    tone = LOUDNESS * np.clip(ends, 0.0, 1.0) * np.sin(2 * np.pi * TONE_HERTZ * within)
    return np.repeat(tone[None].astype(np.float32), CHANNELS, axis=0)


def sample_at(seconds: Fraction) -> int:
    """The number of the sample that is heard at `seconds`."""
    return round(seconds * RATE)
