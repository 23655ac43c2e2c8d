"""Which pieces are looked at in a picture, where not all can be."""

import numpy as np
import numpy.typing as npt

TURN_SECONDS = 3.0
"""Whatever happens elsewhere, a piece is due after this."""
QUIET = 0.01
"""What a piece in which nothing happens counts against one that is all movement."""


class Turns:
    """Pieces in which something happens come first, and those that waited long; none is forgotten.

    Pieces that are due come first of all, the longest waiting before the others, but take no more than half
    of the budget (at least one): so with `count` pieces each has its turn within TURN_SECONDS and as many
    pictures as that half goes into `count`.
    """

    def __init__(self, count: int, budget: int) -> None:
        """`budget`: pieces a picture; 0: all."""
        self._budget = min(budget, count) if budget else count
        self._looked = np.full(count, -np.inf)

    def take(self, activity: npt.NDArray[np.float64], at: float) -> list[int]:
        """Numbers of the pieces, in their order, for stream time `at`. `activity`: 0..1 for each."""
        waited = np.minimum(at - self._looked, 1e6)
        longest = np.argsort(-waited, kind="stable")
        due = longest[waited[longest] >= TURN_SECONDS][: (self._budget + 1) // 2]
        urgency = (activity + QUIET) * waited
        urgency[due] = np.inf
        taken = np.sort(np.argsort(-urgency, kind="stable")[: self._budget])
        self._looked[taken] = at
        return [int(piece) for piece in taken]
