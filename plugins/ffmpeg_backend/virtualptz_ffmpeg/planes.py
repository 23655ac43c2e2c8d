"""Views on the planes of a frame, in its own memory."""

import av
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]


def planes(frame: av.VideoFrame) -> list[Plane]:
    """Y, U and V of an 8-bit 4:2:0 frame, each rows x columns; writing to them writes to the frame."""
    height, width = frame.height, frame.width
    chroma = (-(-height // 2), -(-width // 2))
    return [
        np.ndarray(shape, np.uint8, memoryview(plane), strides=(plane.line_size, 1))
        for plane, shape in zip(frame.planes, ((height, width), chroma, chroma), strict=True)
    ]
