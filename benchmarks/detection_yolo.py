"""What the measurements of YOLO have in common: sample clips, the model, and Ultralytics' own loop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from virtualptz.protocols import BgrArray, Frame
from virtualptz_yolo import library
from virtualptz_yolo.options import YoloOptions

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Where it lies beside the project."""
GYM = DATA / "video" / "basketball_gym_fisheye_10s.mp4"
SOCCER = DATA / "video" / "soccer_left_3072x1728_10s.mp4"
MODEL = DATA / "weights" / "yolo11n-rebuilt.pt"


def options(**values: object) -> YoloOptions:
    return YoloOptions.model_validate({"model": str(MODEL), **values})


def pictures(clip: Path, count: int, every: int = 1, across: int = 0) -> Iterator[Frame]:
    """With their times; `across` pixels wide, if that is given."""
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    for number in range(count * every):
        there, image = capture.read()
        if not there:
            break
        if number % every == 0:
            yield Frame(number / rate, narrow(np.asarray(image, np.uint8), across))
    capture.release()


def narrow(image: BgrArray, across: int) -> BgrArray:
    if not across or across == image.shape[1]:
        return image
    down = round(image.shape[0] * across / image.shape[1])
    return np.asarray(cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA), np.uint8)


class RawTracker:
    """Ultralytics' `model.track`, as its documentation shows it."""

    def __init__(self, **arguments: object) -> None:
        ultralytics = library.ultralytics()
        library.torchvision_works()
        self._model = ultralytics.YOLO(str(MODEL))
        # Its warm-up imports torchvision, also where that does not match torch.
        self._model.add_callback("on_predict_start", _warm)
        self._arguments = {"persist": True, "verbose": False, "tracker": "bytetrack.yaml", **arguments}

    def track(self, image: BgrArray) -> Any:
        return self._model.track(image, **self._arguments)[0]


def _warm(predictor: Any) -> None:
    predictor.done_warmup = True
