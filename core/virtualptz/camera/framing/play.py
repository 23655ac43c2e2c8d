"""Who belongs to the play, and who is far behind it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...model import CropShape
from .box import Box
from .observation import Figure

STRAGGLER = 1.14
"""Who makes the shot this many times wider than it would be without him is left behind."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides who counts."""

    begin: float
    end: float
    """Across the source, play is from the median player to the ball."""
    focus: Box | None
    """What is shown in any case: the ball."""
    shape: CropShape
    least: float
    """Share of the widest crop: no shot is closer than this."""


def in_play(players: Sequence[Figure], scene: Scene, kept_share: float) -> Box:
    """What holds those who count: all, but for at most `1 - kept_share` of them who are not worth it.

    The furthest from play go first, and each one's going must make the shot that much closer: to widen for
    somebody far behind makes all the others small. At least one player, or a focus.
    """
    begin, end = min(scene.begin, scene.end), max(scene.begin, scene.end)
    ranked = sorted(players, key=lambda each: (max(begin - each.x, each.x - end, 0.0), each.x, each.y))
    kept = math.ceil(kept_share * len(ranked) - 1e-9)
    box = best = scene.focus or ranked[0].box
    least_cost = math.inf
    for number, player in enumerate(ranked, 1):
        box = box.around(player.box)
        if number >= kept:
            cost = max(box.share(scene.shape), scene.least) * STRAGGLER ** (len(ranked) - number)
            if cost <= least_cost:
                best, least_cost = box, cost
    return best.inside()
