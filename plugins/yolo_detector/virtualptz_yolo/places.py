"""Where models are, and what to put where."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from virtualptz.errors import ConfigError

EXAMPLE = "yolo11n.pt"
SETTING = "RUNNER_PLUGIN_YOLO_MODEL"
FILES = (".pt", ".onnx", ".engine", ".torchscript")
FOLDERS = ("_openvino_model", "_saved_model", "_ncnn_model", "_paddle_model", "_executorch_model")
TRITON = ("http", "grpc")


def state_folder() -> Path:
    """The agent's own (RUNNER_STATE_DIR), worked out as its settings do."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(os.environ.get("RUNNER_STATE_DIR") or Path(home) / "virtualptz").expanduser()


def models_folder() -> Path:
    return state_folder() / "models"


def is_address(model: str) -> bool:
    """Whether it is a Triton server's: `http://host:8000/name` or `grpc://host:8001/name`."""
    parts = urlsplit(model)
    return parts.scheme in TRITON and bool(parts.netloc) and len(parts.path) > 1


def find_model(model: str) -> str:
    """An absolute path that exists, or an address. ConfigError says which file to put where."""
    if not model:
        return str(_the_only_one())
    if is_address(model):
        return model
    if "://" in model:
        raise ConfigError(
            f"{model} is no address of a model: a Triton server's is like grpc://host:8001/name; "
            f"get a file first, and put it into {models_folder()}"
        )
    named = Path(model).expanduser()
    places = [named] if named.is_absolute() else [Path.cwd() / named, models_folder() / named]
    for place in places:
        if place.exists():
            return str(_checked(place))
    looked = " or ".join(str(place) for place in places)
    raise ConfigError(f"there is no model {looked}: put the file there, or name another with {SETTING}")


def download_target(model: str) -> Path | None:
    """Where a published model would be put; None where this name is none that could be fetched."""
    if not model or is_address(model) or "/" in model or not model.endswith(".pt"):
        return None
    return models_folder() / model


def available() -> list[Path]:
    """What the models folder holds."""
    try:
        inside = sorted(models_folder().iterdir())
    except OSError:
        return []
    return [path for path in inside if path.name.endswith(FOLDERS if path.is_dir() else FILES)]


def _the_only_one() -> Path:
    there = available()
    if len(there) == 1:
        return _checked(there[0])
    if there:
        names = ", ".join(path.name for path in there)
        raise ConfigError(f"{models_folder()} holds several models ({names}): name one with {SETTING}")
    raise ConfigError(
        f"there is no model: put one, such as {EXAMPLE}, into {models_folder()}, "
        f"or name a file with {SETTING}"
    )


def _checked(path: Path) -> Path:
    """What can be told of a file at a glance."""
    if path.suffix in (".yaml", ".yml"):
        raise ConfigError(f"{path} describes a network; a trained model is a file such as {EXAMPLE}")
    if path.is_file():
        _check_beginning(path)
    return path.absolute()


def _check_beginning(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(2)
    except OSError as error:
        raise ConfigError(f"the model {path} cannot be read: {error.strerror}") from error
    if not head:
        raise ConfigError(f"the model {path} is an empty file: get it anew")
    if path.suffix == ".pt" and head != b"PK" and head[:1] != b"\x80":
        raise ConfigError(f"{path} is no PyTorch model, whatever its name says (a text file?): get it anew")
