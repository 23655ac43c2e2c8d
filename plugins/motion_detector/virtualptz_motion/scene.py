"""One fixed camera's view, and all that has been learnt of it."""

from dataclasses import dataclass

import cv2
import numpy as np

from virtualptz.protocols import Frame

from . import light
from .background import Background
from .blobs import blobs_of
from .foreground import Foreground, compare, limits_of
from .options import MotionOptions
from .people import Box, Person, people_in, upright_in
from .perspective import Perspective
from .planes import Bytes, Planes, as_bytes, moved, planes_of
from .presence import Memory, Presence
from .steadiness import Shift, same_hall, shift_of
from .stillness import Patience, Stillness

NEW_SECONDS = 1.5
"""After a start or a bump the background is learnt quickly for so long."""
NOBODY_SECONDS, NEW_NOBODY_SECONDS = 3.0, 0.4
"""Something still that never walked belongs to the background after so long; while that is new, sooner."""
MOVED = 0.01
"""Of the width: a camera that sways by less still looks where it did."""
STORM = 0.35
"""Share of the picture that nobody's movement covers: the light, or the camera."""
STORM_SECONDS = 0.5
"""After so long of it everything is learnt anew."""
SORTED_SECONDS = 1.5
"""After a start: until then people and the ghosts of where they were are one blob, too large."""
LISTEN_SECONDS = 0.25
"""So often each pixel's restlessness is."""
FIT_SECONDS = 0.5
"""So often it is reckoned anew how tall people are."""
LONGEST_STEP = 1.0
"""Seconds: after a longer gap nothing is learnt faster."""
UNPROVEN = (0.4, 0.24)
"""A factor, and a limit under ByteTrack's `new_thresh`: who has not been seen walking begins no track."""


@dataclass(frozen=True)
class Scored:
    box: Box
    score: float


@dataclass(frozen=True)
class Seen:
    people: list[Scored]
    camera_moved: bool = False


class Scene:
    def __init__(self, frame: Frame, options: MotionOptions) -> None:
        self._options = options
        height, width = frame.image.shape[:2]
        self.perspective = Perspective(options.person_height * height / width)
        self._begin(planes_of(frame.image), frame.pts)

    def _begin(self, planes: Planes, at: float) -> None:
        self._background = Background(planes)
        self._limits = limits_of(self._background.noise, self._options.sensitivity)
        self._stillness = Stillness((planes.luma.shape[0], planes.luma.shape[1]), at)
        self._memory, self._upright = Memory(), Memory()
        self._occupied: Bytes = np.zeros(planes.luma.shape, np.uint8)
        self._at = self._new_since = at
        self._calm_at = self._started = self._fitted = self._listened = at

    def see(self, frame: Frame) -> Seen:
        dt = min(max(frame.pts - self._at, 0.0), LONGEST_STEP)
        self._at = frame.pts
        planes, shift, bumped = self._steadied(planes_of(frame.image))
        lit = light.measure(planes.luma, self._background.luma, self._occupied)
        expected = self._background.under(lit)
        found = compare(planes, expected, self._limits)
        if np.count_nonzero(found.clear) > STORM * found.clear.size:
            return self._storm(planes, bumped)
        self._calm_at = frame.pts
        blobs = blobs_of(found)
        shape = planes.luma.shape
        size = (shape[0], shape[1])
        self._measure(upright_in(blobs, size), size[1])
        people = people_in(blobs, self.perspective, size, self._memory.awaited(frame.pts))
        known = self._memory.update(people, frame.pts)
        self._learn(planes, expected, found, dt)
        both = zip(people, known, strict=True)
        scored = [_scored(one, past, shift) for one, past in both if not past.lingers]
        return Seen(scored, bumped)

    def _steadied(self, planes: Planes) -> tuple[Planes, Shift, bool]:
        """The picture where the background is, how far it was from there, and whether this is a bump."""
        shift = shift_of(planes.luma, self._background.luma)
        if shift is None:
            return planes, Shift(0.0, 0.0), False
        if max(abs(shift.across), abs(shift.down)) < MOVED * planes.luma.shape[1]:
            return moved(planes, -shift.across, -shift.down), shift, False
        self._background.shift(planes, shift.across, shift.down)
        self._limits = limits_of(self._background.noise, self._options.sensitivity)
        self._memory.shift(shift.across, shift.down)
        self._upright.shift(shift.across, shift.down)
        self._new_since = self._at
        return planes, Shift(0.0, 0.0), True

    def _storm(self, planes: Planes, bumped: bool) -> Seen:
        """Nobody is told from the rest now. Where that lasts, everything is learnt anew."""
        if self._at - self._calm_at < STORM_SECONDS:
            return Seen([], bumped)
        elsewhere = not same_hall(planes.luma, self._background.luma)
        self._begin(planes, self._at)
        return Seen([], bumped or elsewhere)

    def _measure(self, upright: list[Person], width: int) -> None:
        """Learn how tall people are from those who walk alone, whatever was thought of them so far."""
        for past in self._upright.update(upright, self._at):
            if past.even and past.walked and self._at - self._started > SORTED_SECONDS:
                left, top, right, bottom = past.box
                sample = ((left + right) / 2 / width, bottom / width, (bottom - top) / width)
                if self.perspective.plausible(*sample[1:]):
                    self.perspective.add(*sample)
        if self._at - self._fitted >= FIT_SECONDS:
            self._fitted = self._at
            self.perspective.fit()

    def _learn(self, planes: Planes, expected: Planes, found: Foreground, dt: float) -> None:
        walked = self._memory.walked(found.faint.shape)
        occupied = as_bytes(cv2.dilate(cv2.medianBlur(found.faint, 3), np.ones((5, 5), np.uint8)))
        new = self._at - self._new_since < NEW_SECONDS
        nobody = NEW_NOBODY_SECONDS if new else NOBODY_SECONDS
        self._background.learn(planes, ~occupied, dt, new)
        if self._at - self._listened >= LISTEN_SECONDS:
            since = min(self._at - self._listened, LONGEST_STEP)
            self._background.listen(found.deviation, occupied, walked, since)
            self._limits = limits_of(self._background.noise, self._options.sensitivity)
            self._listened = self._at
        self._stillness.update(planes, expected, occupied, self._background.noise, self._at)
        places = self._stillness.belongs(
            planes, expected, found.faint, walked, self._at, Patience(nobody, self._options.stand_seconds)
        )
        if places is not None:
            self._background.absorb(planes, places)
        banners = self._stillness.banners(self._background.ignored, self._at)
        if banners is not None:
            self._background.ignore(banners)
        self._occupied = occupied


def _scored(person: Person, past: Presence, shift: Shift) -> Scored:
    score = 0.3 + 0.6 * person.quality
    if not past.walked:
        score = min(UNPROVEN[0] * score, UNPROVEN[1])
    left, top, right, bottom = person.box
    box = (left + shift.across, top + shift.down, right + shift.across, bottom + shift.down)
    return Scored(box, score)
