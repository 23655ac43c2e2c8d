"""The README's picture, of the drawn match: what the camera sees, beside what goes on air."""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import numpy.typing as npt

from virtualptz import cli
from virtualptz.model import View
from virtualptz.tracking.court import CourtPainter
from virtualptz.tracking.play import Play

from .page import ROOT

PICTURE = ROOT / "docs" / "wide-and-program.jpg"
SEED = 7
MOMENT = 22.0
"""Seconds into the match: play at the right basket."""
SIZE = (1920, 1080)
SHOWN = (640, 360)
GAP = 12
FRAME = (60, 200, 255)

Image = npt.NDArray[np.uint8]


def main() -> int:
    wide = CourtPainter(Play(SEED), *SIZE).draw(MOMENT)
    view = view_at(MOMENT)
    gap = np.full((SHOWN[1], GAP, 3), 255, np.uint8)
    both = np.hstack([with_frame(wide, view), gap, cropped(wide, view)])
    cv2.imwrite(str(PICTURE), both, [cv2.IMWRITE_JPEG_QUALITY, 90])
    print(f"{PICTURE.relative_to(ROOT)}: zoom {view.zoom:.2f}, {PICTURE.stat().st_size // 1000} kB")
    return 0


def view_at(moment: float) -> View:
    """Where the camera of a job with the default look-ahead is, had it been told all that there is to see."""
    with TemporaryDirectory() as folder:
        clip, truth, path = (Path(folder) / name for name in ("match.mp4", "match.jsonl", "path.csv"))
        seconds = f"{moment + 3:g}"
        draw = ["--seconds", seconds, "--size", "320x180", "--seed", str(SEED), "--output", str(clip)]
        for command in (
            ["court", *draw, "--truth", str(truth)],
            ["replay", str(truth), "--policy", "lookahead", "--output", str(path)],
        ):
            if cli.main(command) != 0:
                raise RuntimeError(f"virtualptz {command[0]} has failed")
        with path.open() as lines:
            rows = list(csv.DictReader(lines))
    row = min(rows, key=lambda each: abs(float(each["pts"]) - moment))
    return View(float(row["center_x"]), float(row["center_y"]), float(row["zoom"]))


def corners(view: View) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the crop, fractions of the picture."""
    half = 0.5 / view.zoom
    return view.center_x - half, view.center_y - half, view.center_x + half, view.center_y + half


def with_frame(wide: Image, view: View) -> Image:
    """The whole picture; what is not on air is darker."""
    small = cv2.resize(wide, SHOWN, interpolation=cv2.INTER_AREA)
    left, top, right, bottom = (
        round(share * SHOWN[number % 2]) for number, share in enumerate(corners(view))
    )
    shown = (small * 0.55).astype(np.uint8)
    shown[top:bottom, left:right] = small[top:bottom, left:right]
    cv2.rectangle(shown, (left, top), (right - 1, bottom - 1), FRAME, 2)
    return shown


def cropped(wide: Image, view: View) -> Image:
    left, top, right, bottom = (round(share * SIZE[number % 2]) for number, share in enumerate(corners(view)))
    return cv2.resize(wide[top:bottom, left:right], SHOWN, interpolation=cv2.INTER_AREA).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main())
