import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from virtualptz.errors import ConfigError, UnknownPresetError
from virtualptz.jobs.records import schema
from virtualptz.jobs.records.presets import MAX_PRESETS, PresetTable, camera_of
from virtualptz.wire.view import ViewValue

KEY = b"k" * 32
LEFT = ViewValue(center_x=0.2, zoom=2.5)
RIGHT = ViewValue(center_x=0.8, zoom=2.5)


@pytest.fixture
def table() -> Iterator[PresetTable]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(schema.PRESETS)
        yield PresetTable(connection)


def names(table: PresetTable, camera: str = "cam") -> list[str]:
    return [preset.name for preset in table.of(camera)]


def test_a_preset_is_kept_replaced_and_dropped(table: PresetTable) -> None:
    assert table.of("cam") == ()
    (kept,) = table.keep("cam", "left", LEFT)
    assert (kept.name, kept.view) == ("left", LEFT)
    (replaced,) = table.keep("cam", "left", RIGHT)
    assert replaced.view == RIGHT
    assert replaced.updated_at >= kept.updated_at
    assert table.find("cam", "left") == replaced
    assert table.drop("cam", "left") == ()


def test_each_camera_has_its_own(table: PresetTable) -> None:
    table.keep("cam", "left", LEFT)
    table.keep("other", "left", RIGHT)
    table.keep("other", "a", RIGHT)
    assert (names(table), names(table, "other")) == (["left"], ["a", "left"])
    table.drop("other", "left")
    assert table.find("cam", "left").view == LEFT


def test_one_that_is_not_there_names_those_that_are(table: PresetTable) -> None:
    with pytest.raises(UnknownPresetError, match="'left'; there are: none"):
        table.find("cam", "left")
    table.keep("cam", "wide", LEFT)
    table.keep("cam", "bench", LEFT)
    with pytest.raises(UnknownPresetError, match="there are: 'bench', 'wide'"):
        table.drop("cam", "left")
    assert names(table) == ["bench", "wide"]


def test_there_is_an_end_to_them(table: PresetTable) -> None:
    for number in range(MAX_PRESETS):
        table.keep("cam", f"{number:02}", LEFT)
    with pytest.raises(ConfigError, match="64 presets already"):
        table.keep("cam", "one more", LEFT)
    assert len(table.of("cam")) == MAX_PRESETS
    table.keep("cam", "00", RIGHT)
    table.keep("other", "one more", LEFT)
    table.drop("cam", "00")
    table.keep("cam", "one more", LEFT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rtsp://admin:old-pass@camera:554/wide", "rtsp://admin:new-pass@camera:554/wide"),
        ("rtsp://admin:p@ss@camera/wide", "rtsp://camera/wide"),
        ("http://u@camera?channel=1", "http://camera?channel=1"),
    ],
)
def test_who_logs_in_makes_no_other_camera(one: str, other: str) -> None:
    assert camera_of(one, KEY) == camera_of(other, KEY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rtsp://camera/1", "rtsp://camera/2"),
        ("rtsp://camera/1", "rtsp://camera2/1"),
        ("rtsp://camera/?channel=1", "rtsp://camera/?channel=2"),
        ("rtsp://camera/a@x", "rtsp://camera/b@x"),
        ("/srv/a@b.mp4", "/srv/b.mp4"),
        ("rtsp://camera/1", "rtmp://camera/1"),
    ],
)
def test_another_address_is_another_camera(one: str, other: str) -> None:
    assert camera_of(one, KEY) != camera_of(other, KEY)


def test_the_name_tells_nothing_without_the_key() -> None:
    source = "rtsp://admin:secret-pass@camera.example/stream-key"
    name = camera_of(source, KEY)
    assert camera_of(source, b"x" * 32) != name
    assert len(name) == 64
    assert not any(part in name for part in ("admin", "secret", "camera", "stream"))
