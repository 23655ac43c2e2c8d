"""The size of a preview, from FFmpeg's "W:H"."""

import re
from functools import lru_cache

from ..errors import ConfigError

_SCALE = re.compile(r"^(-1|\d{1,4}):(-1|\d{1,4})$")
SMALLEST, LARGEST = 16, 7680


@lru_cache(maxsize=64)
def parse_scale(scale: str) -> tuple[int, int]:
    """Width and height as asked for, -1 where a side follows from the aspect. Raises ConfigError."""
    match = _SCALE.match(scale)
    if match is None:
        raise ConfigError(
            f'scale must be "W:H" in pixels, -1 keeps the aspect (e.g. "640:-1"), not {scale!r}'
        )
    sides = int(match[1]), int(match[2])
    for side in sides:
        if side != -1 and not SMALLEST <= side <= LARGEST:
            raise ConfigError(f"scale: each side must be -1 or {SMALLEST} to {LARGEST} pixels, not {side}")
    return sides


def fit_scale(scale: str, width: int, height: int, aspect: float) -> tuple[int, int]:
    """The even size that `scale` means for a picture of width x height pixels shown at `aspect`."""
    wide, high = parse_scale(scale)
    if wide == -1 and high == -1:
        wide, high = width, height
    elif wide == -1:
        wide = round(high * aspect)
    elif high == -1:
        high = round(wide / aspect)
    return _even(wide), _even(high)


def _even(side: int) -> int:
    return min(max(side // 2 * 2, SMALLEST), LARGEST)
