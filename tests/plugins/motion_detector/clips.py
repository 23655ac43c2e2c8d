"""Recordings as a detector gets them."""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from virtualptz.protocols import Frame


def frames_of(path: Path, width: int, fps: float, seconds: float) -> Iterator[Frame]:
    """The clip's first seconds, `width` pixels across, at most so many pictures a second."""
    due = 0.0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for picture in container.decode(stream):
            at = float(picture.time or 0.0)
            if at > seconds:
                return
            if at >= due - 1e-6:
                due = at + 1 / fps - 1e-3
                height = round(picture.height * width / picture.width / 2) * 2
                image = cv2.resize(
                    picture.to_ndarray(format="bgr24"), (width, height), interpolation=cv2.INTER_AREA
                )
                yield Frame(at, np.asarray(image, np.uint8))
