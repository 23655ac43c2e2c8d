"""The part of a picture that play is in: the rest is not looked at."""

from collections.abc import Sequence

ABOVE = 0.25
"""Share of the picture's height that stays above the region, whose corners are on the floor: people stand up
from there, and the ball flies."""
BESIDE = 0.03
WORTH = 0.85
"""Share of the picture: where more than this is left, nothing is cut off."""


def area_of(region: Sequence[tuple[float, float]], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width, height, in pixels, of what holds everybody whose feet are in the region."""
    if not region:
        return 0, 0, width, height
    xs, ys = [x for x, _ in region], [y for _, y in region]
    left, right = max(min(xs) - BESIDE, 0.0), min(max(xs) + BESIDE, 1.0)
    top, bottom = max(min(ys) - ABOVE, 0.0), min(max(ys) + BESIDE, 1.0)
    if (right - left) * (bottom - top) > WORTH:
        return 0, 0, width, height
    x, y = int(left * width), int(top * height)
    return x, y, max(int(right * width) - x, 1), max(int(bottom * height) - y, 1)
