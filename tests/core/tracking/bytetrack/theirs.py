"""What Ultralytics' own tracker takes."""

from typing import Any

import numpy as np


class Boxes:
    """Detections, as Ultralytics' tracker asks for them."""

    def __init__(self, boxes: Any, scores: Any) -> None:
        self.boxes, self.conf, self.cls = boxes, scores, np.zeros(len(scores))

    @property
    def xywh(self) -> Any:
        size = self.boxes[:, 2:] - self.boxes[:, :2]
        return np.concatenate([self.boxes[:, :2] + size / 2, size], axis=1)

    def __getitem__(self, chosen: Any) -> "Boxes":
        return Boxes(self.boxes[chosen], self.conf[chosen])

    def __len__(self) -> int:
        return len(self.conf)
