"""What the tests share: the real network, and pictures of real play."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from virtualptz.protocols import BgrArray, Frame

from ...sample_data import sample

GYM = "video/basketball_gym_fisheye_10s.mp4"
PEDESTRIANS = "video/pedestrians_vtest_1080p30_16s.mp4"
SOCCER = "video/soccer_left_3072x1728_10s.mp4"
WEIGHTS = "weights/yolo11n-rebuilt.pt"
OPENVINO = "weights/yolo11n_int8_openvino_model"
YOLOX = "weights/yolox_nano_coco_416.onnx"
INSTALL = ": VPTZ_YOLO=1 scripts/test installs it"


def need(*packages: str) -> None:
    """Skip where one is not installed; fail where VPTZ_YOLO=1 says that all are."""
    absent = [package for package in packages if find_spec(package) is None]
    if absent and os.environ.get("VPTZ_YOLO") == "1":
        pytest.fail(f"VPTZ_YOLO=1, but {', '.join(absent)} is not installed")
    if absent:
        pytest.skip(f"{', '.join(absent)} is not installed{INSTALL}")


def weights() -> Path:
    need("ultralytics")
    return sample(WEIGHTS)


def pictures(clip: str, count: int, every: int = 1) -> Iterator[Frame]:
    """The first ones of a sample clip, with their times."""
    capture = cv2.VideoCapture(str(sample(clip)))
    rate = capture.get(cv2.CAP_PROP_FPS)
    try:
        for number in range(count * every):
            there, image = capture.read()
            assert there
            if number % every == 0:
                yield Frame(number / rate, np.asarray(image, np.uint8))
    finally:
        capture.release()


def narrow(image: BgrArray, across: int) -> BgrArray:
    down = round(image.shape[0] * across / image.shape[1])
    return np.asarray(cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
