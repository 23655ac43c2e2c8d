"""What the same network costs in each form that runs without a GPU, and whether it finds the same people."""

import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import numpy.typing as npt

from virtualptz.protocols import Frame
from virtualptz_yolo import library
from virtualptz_yolo.network import Found, Network, NetworkSpec

from .detection_yolo import GYM, MODEL, pictures
from .report import Part, median

SURE = 0.25
"""A person from this score on begins a track."""
SAME_IOU = 0.5
ROUND = 20
"""Pictures that one form looks at before the next has its turn."""
FORMS = {
    "PyTorch, `.pt`": "",
    "TorchScript": "torchscript",
    "ONNX": "onnx",
    "OpenVINO": "openvino",
}


@dataclass
class Form:
    network: Network
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    def look(self, frame: Frame) -> None:
        began, busy = perf_counter(), process_time()
        [boxes] = self.network.run([frame.image])
        self.seconds.append(perf_counter() - began)
        self.processor.append(process_time() - busy)
        self.found.append(boxes[boxes[:, 4] >= SURE])


def measure(*, quick: bool) -> Part:
    frames = list(pictures(GYM, ROUND if quick else 5 * ROUND, every=2))
    with tempfile.TemporaryDirectory(prefix="vptz-forms-") as folder:
        forms = {name: Form(_network(Path(folder), form)) for name, form in FORMS.items()}
        for first in range(0, len(frames), ROUND):
            for form in forms.values():
                for frame in frames[first : first + ROUND]:
                    form.look(frame)
    return _part(forms)


def _network(folder: Path, form: str) -> Network:
    """As Ultralytics exports it: `dynamic` where that goes, so that a wide picture is not made square."""
    if not form:
        return Network(NetworkSpec(str(MODEL)))
    model = library.ultralytics().YOLO(shutil.copy(MODEL, folder / "hall.pt"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Network(NetworkSpec(model.export(format=form, imgsz=640, dynamic=form != "torchscript")))


def _part(forms: dict[str, Form]) -> Part:
    weights, *_, quickest = forms.values()
    return Part(
        title="The same network in other forms",
        claim=(
            f"- Without a GPU OpenVINO takes **{_ratio(quickest.seconds, weights.seconds):.2f}** of the time "
            f"that PyTorch takes, and {_ratio(quickest.processor, weights.processor):.2f} of the processor's."
        ),
        head=("form", "ms a picture, median", "processor ms", "of PyTorch's time", "same people"),
        rows=tuple(
            (
                name,
                f"{median(form.seconds) * 1e3:.0f}",
                f"{float(np.mean(form.processor)) * 1e3:.0f}",
                f"{_ratio(form.seconds, weights.seconds):.2f}",
                f"{_agreement(form.found, weights.found):.1%}",
            )
            for name, form in forms.items()
        ),
        notes=(
            f"The gym clip, every second picture, `yolo11n` at 640, {os.cpu_count()} cores, {ROUND} pictures "
            f"in turn. Same: F1 of boxes with a score from {SURE} on, at an IoU from {SAME_IOU} on, by those "
            "of PyTorch. TorchScript's export takes square pictures alone, so it computes more."
        ),
    )


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return median([one / other for one, other in zip(ours, theirs, strict=True)])


def _agreement(ours: list[Found], theirs: list[Found]) -> float:
    """Of 0 to 1: F1 of one side's boxes by the other's, over all pictures."""
    matched = sum(_matched(one, other) for one, other in zip(ours, theirs, strict=True))
    return 2 * matched / max(1, sum(map(len, ours)) + sum(map(len, theirs)))


def _matched(ours: Found, theirs: Found) -> int:
    left = list(theirs)
    for box in ours:
        overlaps = [_iou(box, other) for other in left]
        if overlaps and max(overlaps) >= SAME_IOU:
            del left[int(np.argmax(overlaps))]
    return len(theirs) - len(left)


def _iou(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    both = np.clip(np.minimum(one[2:4], other[2:4]) - np.maximum(one[:2], other[:2]), 0, None).prod()
    sizes = [(box[2:4] - box[:2]).prod() for box in (one, other)]
    return float(both / (sum(sizes) - both))
