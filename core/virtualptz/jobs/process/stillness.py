"""Whether a source shows the same picture again and again: a camera that hangs, and codes its last one."""

from dataclasses import dataclass, field

import numpy as np

from ...protocols import Luma, Picture, SampledPicture

LOOKS_A_SECOND = 5
COLUMNS, ROWS = 128, 72
"""Single pixels, not means: a mean has no noise left in it, and noise is what tells a camera that works."""
LEVELS = 2
"""A pixel that is so many levels of brightness away from what it was has changed."""
CHANGED_SHARE = 0.005
"""More of them are a change. What an encoder's rate control does to a still picture is less, and so is a
clock that the camera writes into a corner of it."""
STILL_SECONDS = 2.0
"""Without a change, across a key frame."""
LONE_SECONDS = 5.0
"""One change in so long a time is no motion: an encoder's rate control may yet settle."""
UNPROVEN_SECONDS = 20.0
"""The same where no key frame came."""


@dataclass
class Stillness:
    """Looks at a few pictures a second. Not thread-safe: the source thread's own.

    Between its key frames an encoder of a low bit rate leaves out what changes little: an empty hall stands
    as still there as one picture that is coded again and again. A key frame is coded as a whole: the noise
    of a sensor changes most of it, and the same picture comes out as before, once the encoder has settled.
    """

    _looked: float | None = field(default=None, init=False)
    _points: Luma | None = field(default=None, init=False)
    _key: bool = field(default=False, init=False)
    """There was a key frame since the last look."""
    _since: float = field(default=0.0, init=False)
    _proven: bool = field(default=False, init=False)
    """Whether a key frame has changed nothing since then."""
    _forgiven: float = field(default=float("-inf"), init=False)
    """The last change of a frozen picture that was no motion."""

    def forget(self) -> None:
        """What comes next is of another connection."""
        self._looked = self._points = None
        self._key = self._proven = False

    def see(self, picture: Picture, at: float) -> None:
        """A picture of stream time `at`, which is later than that of the one before."""
        if self._looked is not None and at - self._looked < 1 / LOOKS_A_SECOND:
            # No isinstance(): it looks up every member, and this is done for every picture.
            self._key = self._key or getattr(picture, "key", False)
        elif isinstance(picture, SampledPicture):
            self._look(picture.luma(COLUMNS, ROWS), at, key=self._key or picture.key)

    @property
    def seconds(self) -> float | None:
        """For how long the picture has been the same; None: it has not, or nobody can tell."""
        if self._looked is None:
            return None
        still = self._looked - self._since
        return still if still >= (STILL_SECONDS if self._proven else UNPROVEN_SECONDS) else None

    def _look(self, points: Luma, at: float, *, key: bool) -> None:
        if self._points is None or _changed(self._points, points):
            if self.seconds is not None and at - self._forgiven > LONE_SECONDS:
                self._forgiven = at
            else:
                self._since, self._proven = at, False
        elif key:
            self._proven = True
        self._looked, self._points, self._key = at, points, False


def _changed(before: Luma, after: Luma) -> bool:
    if before.shape != after.shape:
        return True
    apart = np.maximum(before, after) - np.minimum(before, after)
    return int(np.count_nonzero(apart >= LEVELS)) > CHANGED_SHARE * apart.size
