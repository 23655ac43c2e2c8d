"""The picture's own time, in its corner: for eyes, and a patch that flashes with the beep."""

import cv2

from ...protocols import BgrArray

LINES = 45
"""The strip's height is this part of the picture's."""


def draw_clock(picture: BgrArray, seconds: float, *, flash: bool) -> None:
    height = max(10, picture.shape[0] // LINES)
    patch = (255, 255, 255) if flash else (0, 0, 0)
    cv2.rectangle(picture, (0, 0), (height * 6, height), (0, 0, 0), cv2.FILLED)
    cv2.rectangle(picture, (0, 0), (height - 1, height - 1), patch, cv2.FILLED)
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    text = f"{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
    place = (height + height // 3, round(height * 0.78))
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, height / 34, (255, 255, 255), 1, cv2.LINE_AA)
