"""Who belongs to the play, and who is far behind it."""

import math
from collections.abc import Sequence

from .observation import Figure

FAR = 1.6
"""Times as far from play as the last of those who are always kept: further off, a player is a straggler."""
NEAR = 0.05
"""Sources beyond them in which nobody is one."""


def in_play(players: Sequence[Figure], begin: float, end: float, kept_share: float) -> list[Figure]:
    """Those who count for the shot: the nearest `kept_share`, and whoever is not much further off.

    Play is `begin`..`end` across the source, from the median player to the ball. A share of a sorted list
    stands an outlier where a mean and a deviation do not.
    """
    if begin > end:
        begin, end = end, begin
    ranked = sorted(players, key=lambda player: (_off(player, begin, end), player.x, player.y))
    kept = math.ceil(kept_share * len(ranked) - 1e-9)
    if kept == 0:
        return ranked
    limit = FAR * _off(ranked[kept - 1], begin, end) + NEAR
    while kept < len(ranked) and _off(ranked[kept], begin, end) <= limit:
        kept += 1
    return ranked[:kept]


def _off(player: Figure, begin: float, end: float) -> float:
    return max(begin - player.x, player.x - end, 0.0)
