from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz_yolo.places import available, download_target, find_model, is_address, models_folder

ZIP = b"PK\x03\x04"


def put(path: Path, content: bytes = ZIP) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def problem(model: str) -> str:
    with pytest.raises(ConfigError) as raised:
        find_model(model)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_the_models_folder_is_the_agents(monkeypatch: pytest.MonkeyPatch, state_folder: Path) -> None:
    assert models_folder() == state_folder / "models"
    monkeypatch.delenv("RUNNER_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert models_folder() == Path("/var/state/virtualptz/models")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert models_folder() == Path.home() / ".local/state/virtualptz/models"


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert find_model(str(put(tmp_path / "mine.pt"))) == str(tmp_path / "mine.pt")


def test_a_name_is_looked_up_here_and_then_in_the_models_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(models_folder() / "mine.pt")
    assert find_model("mine.pt") == str(models_folder() / "mine.pt")
    put(tmp_path / "mine.pt")
    assert find_model("mine.pt") == str(tmp_path / "mine.pt")


def test_where_no_file_is_the_error_says_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = problem("mine.pt")
    assert str(tmp_path / "mine.pt") in message
    assert str(models_folder() / "mine.pt") in message
    assert "RUNNER_PLUGIN_YOLO_MODEL" in message


def test_without_a_name_it_is_the_one_that_is_there() -> None:
    put(models_folder() / "notes.txt")
    assert f"put one, such as yolo11n.pt, into {models_folder()}" in problem("")
    put(models_folder() / "hall.onnx")
    assert find_model("") == str(models_folder() / "hall.onnx")
    put(models_folder() / "hall_openvino_model" / "hall.xml")
    assert "hall.onnx, hall_openvino_model" in problem("")
    assert [path.name for path in available()] == ["hall.onnx", "hall_openvino_model"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"<html>404</html>", "no PyTorch model, whatever its name says"), (b"", "is an empty file")],
)
def test_a_file_that_is_no_model_is_told_at_once(tmp_path: Path, content: bytes, reason: str) -> None:
    assert reason in problem(str(put(tmp_path / "yolo11n.pt", content)))


def test_a_description_is_no_model(tmp_path: Path) -> None:
    assert "describes a network" in problem(str(put(tmp_path / "yolo11n.yaml", b"nc: 80")))


def test_addresses_are_triton_servers() -> None:
    assert is_address("http://gpu:8000/yolo")
    assert find_model("grpc://gpu:8001/yolo") == "grpc://gpu:8001/yolo"
    assert not is_address("http://gpu:8000")
    assert "a Triton server's is like grpc://host:8001/name" in problem("https://example.com/yolo11n.pt")


@pytest.mark.parametrize(
    ("model", "fetched"), [("yolo11n.pt", True), ("", False), ("/a/b.pt", False), ("b.onnx", False)]
)
def test_only_a_name_can_be_fetched(model: str, fetched: bool) -> None:
    assert (download_target(model) is not None) == fetched
