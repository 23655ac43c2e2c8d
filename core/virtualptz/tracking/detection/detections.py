"""What a detector finds in one picture, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

PLAYER = "player"
BALL = "ball"


@dataclass(frozen=True, slots=True)
class Detections:
    """N boxes in one picture. Pixels of that picture, not fractions: trackers measure in pixels."""

    boxes: FloatArray
    """N x 4: left, top, right, bottom."""
    scores: FloatArray
    """N, 0..1."""
    classes: tuple[str, ...]
    """N names, such as `player` and `ball`."""
    camera_moved: bool = False
    """The camera was bumped: from this picture on, things are elsewhere in it than before. A detector that
    watches the background knows, and says so once. What was measured by hand (the court) holds no longer."""

    def __post_init__(self) -> None:
        count = len(self.classes)
        if self.boxes.shape != (count, 4) or self.scores.shape != (count,):
            raise ValueError(
                f"{count} classes need boxes of shape ({count}, 4) and scores of shape ({count},), "
                f"not {self.boxes.shape} and {self.scores.shape}"
            )

    @classmethod
    def of(
        cls, boxes: Sequence[Sequence[float]], scores: Sequence[float], classes: Sequence[str]
    ) -> "Detections":
        return cls(
            np.asarray(boxes, np.float32).reshape(-1, 4), np.asarray(scores, np.float32), tuple(classes)
        )

    @classmethod
    def none(cls) -> "Detections":
        return cls.of((), (), ())

    def __len__(self) -> int:
        return len(self.classes)

    def only(self, *classes: str) -> "Detections":
        return self.where(np.array([name in classes for name in self.classes], bool))

    def but(self, *classes: str) -> "Detections":
        return self.where(np.array([name not in classes for name in self.classes], bool))

    @property
    def people(self) -> "Detections":
        """All but the ball."""
        return self.but(BALL)

    def where(self, kept: npt.NDArray[np.bool_]) -> "Detections":
        """Those that are marked in `kept`, in their order."""
        names = tuple(name for name, keep in zip(self.classes, kept, strict=True) if keep)
        return Detections(self.boxes[kept], self.scores[kept], names, self.camera_moved)
