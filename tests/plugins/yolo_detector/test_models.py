"""Models that do not work, and what is said of them: one line that names the file."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from virtualptz.errors import ConfigError, VirtualPtzError
from virtualptz_yolo.detector import source
from virtualptz_yolo.network import Network, NetworkSpec
from virtualptz_yolo.options import YoloOptions

from ...sample_data import sample
from .network import OPENVINO, YOLOX, need, weights


@pytest.fixture(autouse=True)
def installed() -> None:
    need("ultralytics")


def reason(model: Path | str, **options: Any) -> str:
    with pytest.raises(VirtualPtzError) as raised:
        source(YoloOptions(model=str(model), **options))
    said = str(raised.value)
    assert "\n" not in said
    assert len(said) < 600
    return said


def test_no_model_at_all(state_folder: Path) -> None:
    assert str(state_folder / "models") in reason("")
    assert "/nowhere/yolo11n.pt: put the file there" in reason("/nowhere/yolo11n.pt")


def test_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "yolo11n.pt"
    path.write_text("This is not a model.\n")
    assert f"{path} is no PyTorch model" in reason(path)


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
def test_a_file_that_was_not_got_whole(tmp_path: Path, share: float) -> None:
    whole = weights().read_bytes()
    path = tmp_path / "yolo11n.pt"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert f"the model {path} does not load: it is broken, or no YOLO model" in reason(path)


def test_a_broken_onnx(tmp_path: Path) -> None:
    need("onnxruntime")
    path = tmp_path / "yolo11n.onnx"
    path.write_bytes(b"This is not a model.")
    assert f"the model {path} does not load" in reason(path)


def test_an_export_folder_with_nothing_in_it(tmp_path: Path) -> None:
    need("openvino")
    path = tmp_path / "yolo11n_openvino_model"
    path.mkdir()
    assert f"the model {path} does not load" in reason(path)


def test_a_network_of_others_without_names() -> None:
    need("onnxruntime")
    assert "finds no players; it knows class0" in reason(sample(YOLOX))


def test_a_checkpoint_that_is_no_model(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "notes.pt"
    torch.save({"notes": [1, 2, 3]}, path)
    assert f"the model {path} does not load" in reason(path)


def test_a_model_of_another_task(tmp_path: Path) -> None:
    import torch
    from ultralytics.nn.tasks import ClassificationModel

    model = ClassificationModel("yolo11n-cls.yaml", nc=3, verbose=False)
    path = tmp_path / "birds.pt"
    torch.save({"model": model, "train_args": {"task": "classify"}}, path)
    assert f"the model {path} does not box people: its task is 'classify'" in reason(path)


def test_a_file_that_would_run_code_of_its_own(tmp_path: Path) -> None:
    """A `.pt` is a pickle: who loads one that he got from somewhere is to lose nothing by it."""
    import torch

    path = tmp_path / "gift.pt"
    torch.save({"model": Bomb(tmp_path / "boom")}, path)
    assert "does not load" in reason(path)
    assert not (tmp_path / "boom").exists()


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_device_that_is_not_there() -> None:
    said = reason(weights(), device="77")
    assert "77" in said


def test_a_server_that_is_not_there() -> None:
    said = reason("grpc://gpu:secret@127.0.0.1:9/yolo")
    assert "secret" not in said
    assert said.startswith("the model grpc://127.0.0.1:9/")
    client = find_spec("tritonclient")
    assert ("is not to be had of its server" if client else "pip install 'tritonclient[http,grpc]'") in said


def test_an_option_that_the_model_does_not_fit() -> None:
    with pytest.raises(ConfigError, match="the model knows no unicorn"):
        source(YoloOptions(model=str(weights()), players=("unicorn",)))


def test_an_export_has_a_size_of_its_own() -> None:
    need("openvino")
    network = Network(NetworkSpec(str(sample(OPENVINO)), imgsz=320))
    assert network.size == 640
    assert network.works()


def test_segmentation_models_box_people_too(tmp_path: Path) -> None:
    import numpy as np
    import torch
    from ultralytics.nn.tasks import SegmentationModel

    model = SegmentationModel("yolo11n-seg.yaml", nc=2, verbose=False)
    model.names = {0: "player", 1: "ball"}
    path = tmp_path / "hall-seg.pt"
    torch.save({"model": model, "train_args": {"task": "segment"}}, path)
    network = Network(NetworkSpec(str(path), imgsz=64))
    assert network.classes == {0: "player", 1: "ball"}
    [found] = network.run([np.zeros((64, 64, 3), np.uint8)])
    assert found.shape[1] == 6


def test_nothing_is_fetched_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert "put the file there" in reason("yolo11n.pt")
