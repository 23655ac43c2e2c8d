"""The same network in every form that runs without a GPU, made by Ultralytics from the same weights."""

import logging
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from virtualptz.errors import ConfigError, PluginError
from virtualptz_yolo import library
from virtualptz_yolo.detector import YoloDetector
from virtualptz_yolo.network import Found, Network, NetworkSpec
from virtualptz_yolo.options import YoloOptions

from ...e2e.processes import wait_for
from .network import GYM, need, pictures, weights
from .triton import NAME, Triton, triton

NEEDED = {
    "onnx": ("onnx", "onnxruntime"),
    "openvino": ("openvino",),
    "torchscript": (),
}


class Exports:
    """Each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def path(self, form: str) -> Path:
        need(*NEEDED[form])
        if form not in self._made:
            copy = shutil.copy(weights(), self._folder / "hall.pt")
            model = library.ultralytics().YOLO(copy)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of those who make it, whom nobody asks on air
                self._made[form] = Path(model.export(format=form, imgsz=640, dynamic=form != "torchscript"))
        return self._made[form]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    need("ultralytics")
    return Exports(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def server(exports: Exports, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    need("tritonclient")
    network = exports.path("onnx")
    with triton(tmp_path_factory.mktemp("triton"), network, told_by(network)) as made:
        yield made


def told_by(network: Path) -> dict[str, str]:
    """What Ultralytics wrote into it."""
    import onnx

    return {each.key: each.value for each in onnx.load(network).metadata_props}


@pytest.fixture(scope="module")
def reference() -> Found:
    """What the weights themselves find."""
    return found(str(weights()))


def found(model: str, *, half: bool = False) -> Found:
    [frame] = pictures(GYM, 1)
    [boxes] = Network(NetworkSpec(model, half=half)).run([frame.image])
    return boxes


def assert_same(one: Found, other: Found, score: float) -> None:
    """Each box that is no matter of taste is among the other's, at its place to a pixel and a half."""
    assert sum(one[:, 4] > 0.4) >= 4
    for these, those in ((one, other), (other, one)):
        for box in these[these[:, 4] > 0.4]:
            near = [np.abs(each[:4] - box[:4]).max() < 1.5 for each in those]
            assert any(near), box
            assert min(abs(those[near][:, 4] - box[4])) < score


@pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated")
@pytest.mark.parametrize(("form", "score"), [("torchscript", 0.02), ("onnx", 0.002), ("openvino", 0.02)])
def test_an_export_finds_the_same_people(exports: Exports, reference: Found, form: str, score: float) -> None:
    assert_same(found(str(exports.path(form))), reference, score)


def test_half_precision_finds_the_same_people(exports: Exports, reference: Found) -> None:
    """OpenVINO's runs on a CPU too."""
    network = Network(NetworkSpec(str(exports.path("openvino")), half=True))
    [frame] = pictures(GYM, 1)
    [boxes] = network.run([frame.image])
    assert network.half
    assert_same(boxes, reference, 0.03)


def test_half_precision_that_changes_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        network = Network(NetworkSpec(str(weights()), device="cpu", half=True))
    assert not network.half
    [said] = [each.message for each in caplog.records if "half" in each.message]
    assert said == f"half precision changes nothing for {weights()} on cpu"


def test_nothing_that_is_given_up_is_asked_of_ultralytics(
    exports: Exports, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("ultralytics")
    library.ultralytics()
    monkeypatch.setattr(logger, "propagate", True)
    logger.setLevel(logging.WARNING)
    with caplog.at_level(logging.WARNING):
        library.precision(half=False)
        found(str(weights()))
    assert [each.message for each in caplog.records if "deprecated" in each.message] == []


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_triton_server_finds_the_same_people(server: Triton, reference: Found, scheme: str) -> None:
    assert_same(found(server.at(scheme)), reference, 0.002)


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_model_that_the_server_has_not(server: Triton, scheme: str) -> None:
    model = server.at(scheme).replace(NAME, "yard")
    with pytest.raises(PluginError, match=r"is not to be had of its server.*yard"):
        Network(NetworkSpec(model))


def test_a_server_that_does_not_say_what_its_model_finds(exports: Exports, tmp_path: Path) -> None:
    need("tritonclient")
    with (
        triton(tmp_path, exports.path("onnx"), None) as server,
        pytest.raises(ConfigError, match=r"its config\.pbtxt needs the parameter `metadata`"),
    ):
        Network(NetworkSpec(server.at("grpc")))


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_dies_and_comes_back(exports: Exports, tmp_path: Path, scheme: str) -> None:
    need("tritonclient")
    network = exports.path("onnx")
    [frame] = pictures(GYM, 1)
    with triton(tmp_path, network, told_by(network)) as server:
        options = YoloOptions.model_validate({"model": server.at(scheme)})
        detector = YoloDetector(options)
        before = detector.detect(frame)
        server.kill()
        with pytest.raises(PluginError, match="the network failed"):
            detector.detect(frame)
        server.start()
        detector.close()
        again = wait_for("the model on its server", lambda: loaded(options))
        assert np.allclose(again.detect(frame).boxes, before.boxes, atol=0.1)
        again.close()


def loaded(options: YoloOptions) -> YoloDetector | None:
    """As a worker does that is begun anew: gRPC waits a second before it knocks at the same place again."""
    try:
        return YoloDetector(options)
    except PluginError:
        return None
