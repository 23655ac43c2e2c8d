"""What this plug-in needs of a machine: for `virtualptz doctor`, and for whoever asks what is missing."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from virtualptz.errors import ConfigError
from virtualptz.model import Finding

from . import places
from .options import YoloOptions

INSTALL = "pip install 'virtualptz-runner-agent[yolo]'"
QUICKER = "; without a GPU an OpenVINO export in its place takes a third of the time"
PACKAGES = ("ultralytics-opencv-headless", "ultralytics")


def is_installed() -> bool:
    """Without importing it, which takes seconds."""
    return find_spec("ultralytics") is not None


def missing(options: YoloOptions) -> str | None:
    """What lacks to detect with these options. Cheap: nothing is imported or loaded."""
    if not is_installed():
        return f"Ultralytics is not installed: {INSTALL}"
    if options.download and places.download_target(options.model) is not None:
        return None
    try:
        places.find_model(options.model)
    except ConfigError as error:
        return str(error)
    return None


def findings() -> Iterator[Finding]:
    """Without importing torch: a doctor's visit takes no seconds."""
    if not is_installed():
        yield Finding(False, "Ultralytics", "not installed", INSTALL)
        return
    yield Finding(True, "Ultralytics", f"{_version(*PACKAGES)}, torch {_version('torch')}")
    models = places.available()
    if models:
        names = ", ".join(path.name for path in models)
        hint = QUICKER if all(path.suffix == ".pt" for path in models) else ""
        yield Finding(True, "models", f"{names} in {places.models_folder()}{hint}")
    else:
        yield Finding(
            True,
            "models",
            f"none in {places.models_folder()}: put one there, such as {places.EXAMPLE}, to detect with YOLO",
        )


def _version(*names: str) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "of unknown version"
