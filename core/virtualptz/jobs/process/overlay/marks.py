"""Where things are at one moment, from updates that were measured at others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ....model import Target, TrackingUpdate
from .scene import Mark

FAR_APART = 1.0
"""Seconds: between two updates that are further apart nothing is known."""
MOVED_ON = 0.2
"""Seconds for which things go on as they moved where no later update is there yet."""
SPEED_OVER = 0.35
"""Seconds over which that motion is measured."""


@dataclass(frozen=True, slots=True)
class Told:
    """An update, and the stream time of what it says."""

    at: float
    update: TrackingUpdate


def marks_at(told: Sequence[Told], at: float) -> tuple[Mark, ...]:
    """What the updates, in order of time, say of the moment `at`.

    Between two updates each track goes straight from one place to the other; one that is in only one of them
    stands there until half-way. After the last one all go on as they moved, for a little.
    """
    before = [each for each in told if each.at <= at]
    if not before:
        return ()
    last = before[-1]
    then = next((each for each in told if each.at > at), None)
    if then is not None and then.at - last.at <= FAR_APART:
        return _between(last, then, at)
    earlier = next((each for each in before if last.at - SPEED_OVER <= each.at < last.at), None)
    if earlier is None:
        return tuple(_by_track(last).values())
    share = min(at - last.at, MOVED_ON) / (last.at - earlier.at)
    old, now = _by_track(earlier), _by_track(last)
    return tuple(_on_the_way(old.get(key, mark), mark, 1 + share) for key, mark in now.items())


def _between(last: Told, then: Told, at: float) -> tuple[Mark, ...]:
    share = (at - last.at) / (then.at - last.at)
    here, there = _by_track(last), _by_track(then)
    both = [_on_the_way(mark, there[key], share) for key, mark in here.items() if key in there]
    nearer, other = (here, there) if share < 0.5 else (there, here)
    return (*both, *(mark for key, mark in nearer.items() if key not in other))


def _on_the_way(here: Mark, there: Mark, share: float) -> Mark:
    def between(a: float, b: float) -> float:
        return a + (b - a) * share

    moved = replace(there, x=between(here.x, there.x), y=between(here.y, there.y))
    if min(here.w, here.h, there.w, there.h) <= 0:
        return moved
    return replace(moved, w=max(between(here.w, there.w), 0.0), h=max(between(here.h, there.h), 0.0))


def _by_track(told: Told) -> dict[tuple[str, str], Mark]:
    """Each thing under what tells it from all others; those without an id by their place in the list.

    There is one ball, whatever its id. Without ids players of two updates are not the same ones.
    """
    found: dict[tuple[str, str], Mark] = {}
    for number, target in enumerate(told.update.targets or ()):
        mark = _mark(target)
        anonymous = f"{told.at} {number}"
        key = "" if mark.cls == "ball" else mark.name or anonymous
        if (mark.cls, key) in found:
            key = anonymous
        found[mark.cls, key] = mark
    return found


def _mark(target: Target) -> Mark:
    more = target.model_extra or {}
    name = more.get("track_id")
    return Mark(
        target.x,
        target.y,
        _side(more.get("w")),
        _side(more.get("h")),
        target.cls,
        "" if name is None or isinstance(name, dict | list) else str(name)[:8],
    )


def _side(value: object) -> float:
    """What a detector adds to a target may be anything."""
    known = isinstance(value, int | float) and math.isfinite(value) and 0 < value <= 1
    return float(value) if known and isinstance(value, int | float) else 0.0
