"""Ultralytics, imported so that it keeps to itself: no downloads, no installs, no settings but its own.

It is imported when the first model is loaded, never when the plug-in is.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from virtualptz.errors import PluginError

from .checks import INSTALL
from .places import state_folder

log = logging.getLogger(__name__)

MOST_WORDS = 200
"""Letters of them."""
BROKEN_NMS = ("torchvision::nms", "custom C++ ops", "operator torchvision")
"""What torchvision says where its compiled operators are not those of the torch that is installed."""


def ultralytics() -> Any:
    """The package. PluginError where it does not import. What it sets for the whole process is put back."""
    _keep_quiet()
    try:
        with _settings_kept():
            import ultralytics
            import ultralytics.nn.tasks
            import ultralytics.utils.nms
    except Exception as error:  # whatever a broken torch throws: the border to the library
        raise PluginError(f"Ultralytics does not load ({described(error)}); try: {INSTALL}") from error
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    return ultralytics


def described(error: BaseException) -> str:
    """The first line of what a library says, without its decoration, and not all of a long one."""
    text = " ".join(str(error).replace("ERROR ❌️", "").split("\n", 1)[0].split())
    text = text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _keep_quiet() -> None:
    """Its own switches, which it reads once, when it is imported. Whoever set one knows better."""
    folder = state_folder()
    with suppress(OSError):  # it finds itself another one
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, value in {
        "YOLO_CONFIG_DIR": str(folder / "ultralytics"),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_VERBOSE": "false",
    }.items():
        os.environ.setdefault(name, value)


@contextmanager
def _settings_kept() -> Iterator[None]:
    """It turns OpenCV's threads off, tells OpenMP to use one, and changes how numpy prints."""
    threads, printing = cv2.getNumThreads(), np.get_printoptions()
    openmp = os.environ.get("OMP_NUM_THREADS")
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
        np.set_printoptions(**printing)
        if openmp is None:
            os.environ.pop("OMP_NUM_THREADS", None)


def precision(*, half: bool) -> dict[str, Any]:
    """What its settings call half precision: `half` in the first 8.4, `quantize` since that is there."""
    from ultralytics.utils import DEFAULT_CFG_DICT

    return {"quantize": 16 if half else None} if "quantize" in DEFAULT_CFG_DICT else {"half": half}


@contextmanager
def torchscript_without_torchvision() -> Iterator[None]:
    """Before it reads TorchScript it imports torchvision, for operators that its exports do without. Where
    that does not import, an empty module is in its place meanwhile."""
    if torchvision_works() or "torchvision" in sys.modules:
        yield
        return
    sys.modules["torchvision"] = ModuleType("torchvision")
    try:
        yield
    finally:
        del sys.modules["torchvision"]


@cache
def torchvision_works() -> bool:
    """Whether its suppression of overlapping boxes runs here. A torchvision built for another torch has none;
    Ultralytics' own `TorchNMS` finds the same boxes, and takes its place. PluginError for any other fault."""
    from ultralytics.utils.nms import TorchNMS

    try:
        _suppress_one_box()
    except Exception as error:  # the border to the library
        if not any(words in str(error) for words in BROKEN_NMS):
            raise PluginError(f"torchvision does not work: {described(error)}") from error
        log.warning("torchvision and torch do not match (%s): using Ultralytics' own NMS", described(error))
    else:
        return True
    torchvision: Any = sys.modules.get("torchvision")
    if torchvision is not None:  # else Ultralytics does not ask it
        torchvision.ops.nms = TorchNMS.nms
    return False


def _suppress_one_box() -> None:
    import torch
    import torchvision

    torchvision.ops.nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.ones(1), 0.5)
