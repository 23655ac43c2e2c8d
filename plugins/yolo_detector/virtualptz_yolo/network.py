"""A loaded model: pictures in, boxes out. Everything here happens in the one thread that owns it."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from virtualptz.errors import ConfigError, PluginError
from virtualptz.protocols import BgrArray
from virtualptz.redact import mask, redact_uri, register_secret

from . import library, places
from .names import wanted
from .options import YoloOptions

log = logging.getLogger(__name__)

Found = npt.NDArray[np.float32]
"""N x 6: left, top, right, bottom in pixels of the picture, score, class number of the model."""

CLIENT = "tritonclient[http,grpc]"
"""Not all of its extras: that brings CUDA's Python, for memory that is shared with the server's GPU."""
TASKS = ("detect", "segment", "pose")
"""All of them box people; what else they find is not asked for."""


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """Everything that makes one loaded model another's. Jobs for which it is the same share one."""

    model: str
    """An absolute path, or an address."""
    device: str = ""
    half: bool = False
    imgsz: int = 640
    confidence: float = 0.1
    iou: float = 0.7
    max_det: int = 300
    players: tuple[str, ...] = ()
    balls: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    threads: int = 0
    batch: int = 16
    trust: bool = False

    @classmethod
    def of(cls, options: YoloOptions) -> "NetworkSpec":
        """ConfigError: no such model."""
        return cls(
            model=_model(options),
            device=options.device,
            half=options.half,
            imgsz=options.imgsz,
            confidence=min(options.confidence, options.ball_confidence),
            iou=options.iou,
            max_det=options.max_det,
            players=options.players,
            balls=options.balls,
            others=options.others,
            threads=options.threads,
            batch=options.batch,
            trust=options.trust,
        )

    @property
    def shown(self) -> str:
        return redact_uri(self.model) if places.is_address(self.model) else self.model


class Network:
    """Loads in its constructor, which raises ConfigError or PluginError with what is wrong, in one line."""

    def __init__(self, spec: NetworkSpec) -> None:
        self.spec = spec
        library.ultralytics()
        library.torchvision_works()
        try:
            self._predictor = _predictor(spec)
            self.classes = wanted(self._predictor.model.names, spec)
            """What of its classes is of use, by number, under our names."""
            self._predictor.args.classes = sorted(self.classes)
            self._set_threads()
            # The first picture is slow: memory is taken and kernels are chosen. It also is the proof.
            self.run([self._blank])
        except (ConfigError, PluginError):
            raise
        except Exception as error:  # whatever a model file makes the library throw
            raise PluginError(_not_loaded(spec, error)) from error
        self.half = bool(self._predictor.model.fp16)
        """Whether it computes with half precision, which not every form does on every device."""
        if spec.half and not self.half:
            log.warning("half precision changes nothing for %s on %s", spec.shown, self._predictor.device)
        height, width = self._predictor.imgsz
        self.size = max(int(width), int(height))
        """Of its input, in pixels: an export may have its own."""

    def run(self, pictures: Sequence[BgrArray]) -> list[Found]:
        """What is in each of them. All of one shape, so that each is scaled as it would be alone."""
        results = self._predictor(list(pictures))
        return [np.asarray(result.boxes.data.cpu().numpy(), np.float32)[:, :6] for result in results]

    def works(self) -> bool:
        """Whether it still finds its way through a blank picture."""
        try:
            self.run([self._blank])
        except Exception:  # noqa: BLE001 (whatever the library throws when its device is gone)
            return False
        return True

    @property
    def _blank(self) -> BgrArray:
        return np.full((self.spec.imgsz, self.spec.imgsz, 3), 114, np.uint8)

    def _set_threads(self) -> None:
        if self.spec.threads:
            import torch

            torch.set_num_threads(self.spec.threads)


def _model(options: YoloOptions) -> str:
    try:
        return places.find_model(options.model)
    except ConfigError:
        target = places.download_target(options.model)
        if not options.download or target is None:
            raise
        return _downloaded(target)


def _downloaded(target: Path) -> str:
    """The one thing that needs the network, and only where `download` asks for it."""
    os.environ.setdefault("YOLO_OFFLINE", "false")
    library.ultralytics()
    from ultralytics.utils.downloads import attempt_download_asset

    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.info("getting the model %s", target.name)
    try:
        attempt_download_asset(target)
    except Exception as error:  # the border to the library
        raise PluginError(f"the model {target.name} was not got: {library.described(error)}") from error
    return places.find_model(str(target))


def _predictor(spec: NetworkSpec) -> Any:
    """Ultralytics' own, set up."""
    import ultralytics

    ultralytics.nn.tasks.SAFE_LOAD = not spec.trust
    served = places.is_address(spec.model)
    if served:
        register_secret(spec.model)
    model = ultralytics.YOLO(spec.model, task="detect" if served else None)
    _check_task(spec, model.task)
    predictor = _set_up(spec, model, model.task)
    if served:
        # A file tells its task at once, a server only when it is asked for the model.
        task = _served_task(spec, predictor.model)
        if task != model.task:
            predictor = _set_up(spec, model, task)
    # Its warm-up imports torchvision, whether that works or not.
    predictor.done_warmup = True
    return predictor


def _set_up(spec: NetworkSpec, model: Any, task: str) -> Any:
    predictor = model.task_map[task]["predictor"](
        overrides={
            **model.overrides,
            "task": task,
            "device": spec.device or None,
            **library.precision(half=spec.half),
            "imgsz": spec.imgsz,
            "conf": spec.confidence,
            "iou": spec.iou,
            "max_det": spec.max_det,
            "mode": "predict",
            "rect": True,
            "save": False,
            "verbose": False,
        }
    )
    with library.torchscript_without_torchvision():
        predictor.setup_model(model=model.model, verbose=False)
    return predictor


def _check_task(spec: NetworkSpec, task: object) -> None:
    if task not in TASKS:
        raise ConfigError(f"the model {spec.shown} does not box people: its task is {task!r}, not 'detect'")


def _served_task(spec: NetworkSpec, loaded: Any) -> str:
    """What the server's configuration of the model says of it."""
    metadata = getattr(loaded.backend, "metadata", None)
    if not metadata:
        raise ConfigError(
            f"the model {spec.shown} does not say what it finds: its config.pbtxt needs the parameter "
            "`metadata` with what Ultralytics wrote into the export"
        )
    _check_task(spec, metadata.get("task"))
    return str(metadata["task"])


def _not_loaded(spec: NetworkSpec, error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "tritonclient":
        return f"the model {spec.shown} needs a client: pip install '{CLIENT}'"
    if isinstance(error, ModuleNotFoundError):
        return f"the model {spec.shown} needs the Python package {error.name!r}: pip install {error.name}"
    if places.is_address(spec.model):
        return f"the model {spec.shown} is not to be had of its server ({mask(library.described(error))})"
    return (
        f"the model {spec.shown} does not load: it is broken, or no YOLO model ({library.described(error)})"
    )
