from pathlib import Path

import pytest

from virtualptz.plugins import PluginHost
from virtualptz_yolo.checks import missing
from virtualptz_yolo.options import YoloOptions
from virtualptz_yolo.places import models_folder

from .network import need


@pytest.fixture(autouse=True)
def installed() -> None:
    need("ultralytics")


def put(name: str) -> Path:
    path = models_folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK\x03\x04")
    return path


def test_it_says_which_file_it_misses() -> None:
    said = missing(YoloOptions())
    assert said is not None
    assert f"put one, such as yolo11n.pt, into {models_folder()}" in said
    assert missing(YoloOptions(model="hall.pt", download=True)) is None
    put("hall.pt")
    assert missing(YoloOptions()) is None
    assert missing(YoloOptions(model="hall.pt")) is None
    assert "there is no model" in (missing(YoloOptions(model="field.pt")) or "")


def test_the_doctor_is_told_of_models() -> None:
    from virtualptz_yolo.plugin import vptz_doctor

    [library, models] = vptz_doctor()
    assert (library.ok, models.ok) == (True, True)
    assert library.subject == "Ultralytics"
    assert "put one there" in models.detail
    put("hall.pt")
    slow = list(vptz_doctor())[1].detail
    assert slow.startswith(f"hall.pt in {models_folder()}; without a GPU an OpenVINO export")
    put("hall.onnx")
    assert list(vptz_doctor())[1].detail == f"hall.onnx, hall.pt in {models_folder()}"


def test_it_is_preferred_where_it_works() -> None:
    from virtualptz_yolo.plugin import vptz_tracking_sources

    [offer] = vptz_tracking_sources()
    assert (offer.name, offer.preference) == ("yolo", 20)
    host = PluginHost.load()
    assert "yolo11n.pt" in (host.lacking()["yolo"] or "")
    put("hall.pt")
    assert host.live_source() == "yolo"


def test_every_option_says_what_it_is() -> None:
    assert [name for name, field in YoloOptions.model_fields.items() if not field.description] == []


def test_options_are_read_from_words() -> None:
    options = YoloOptions.model_validate(
        {"imgsz": "1280", "half": "true", "tiles": "on", "players": "home team, away", "track": {}}
    )
    assert (options.imgsz, options.half, options.tiles) == (1280, True, "on")
    assert options.players == ("home team", "away")
