import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.jobs.supervision.targets import fill_in, output_of, place_of
from virtualptz.settings import load_settings

TEMPLATE = "rtmp://user:pass@host/live/{job_id}-{session_id}-{replica_index}?key={key}"


def filled(template: str, session_id: str) -> str:
    return fill_in(template, job_id="ing_1", session_id=session_id, replica_index=2)


def test_the_placeholders_are_filled_in_and_nothing_else() -> None:
    assert filled(TEMPLATE, "final") == "rtmp://user:pass@host/live/ing_1-final-2?key={key}"
    assert filled("/srv/{session_id}/{session_id}.mp4", "a") == "/srv/a/a.mp4"
    assert filled("/srv/out.mp4", "a") == "/srv/out.mp4"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a?b", "a@b:c", "{job_id}", "%2e%2e", "", "..", "x" * 500]
)
def test_a_session_cannot_leave_its_place(name: str) -> None:
    target = filled("/srv/{session_id}.mp4", name)
    assert target.startswith("/srv/")
    assert target.count("/") == 2
    assert ".." not in target
    assert len(target) < 80


@given(st.text())
def test_whatever_a_session_is_called_it_is_one_plain_name(name: str) -> None:
    inside = filled("<{session_id}>", name)[1:-1]
    assert inside
    assert all(char.isascii() and (char.isalnum() or char in "_-") for char in inside)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "", False),
        ("/srv/a.mp4", "/srv/a.mp4", False),
        ("/srv/a.m3u8", "/srv/a.m3u8", True),
        ("rtmp://u:p@host/live/a?token=1", "rtmp://host/live/a/?token=2", True),
        ("rtmp://host/live/a", "rtmp://host/live/b", False),
        ("srt://host:9000?streamid=a", "srt://host:9000?streamid=b", False),
        ("udp://239.0.0.1:5000", "udp://239.0.0.1:5000?ttl=2", True),
    ],
)
def test_which_targets_are_one_place(one: str, other: str, same: bool) -> None:
    place = place_of(one)
    assert (place is not None and place == place_of(other)) == same
    assert place is None or "u:p" not in place


def test_profiles_are_those_of_the_contract() -> None:
    settings = load_settings(output_width=640, output_height=360, video_encoder="libx264")
    found = {name: output_of(name, settings) for name in ("quality", "balanced", "fluid")}
    assert {name: (spec.preset, spec.crf) for name, spec in found.items()} == {
        "quality": ("slow", 20),
        "balanced": ("veryfast", 24),
        "fluid": ("ultrafast", 28),
    }
    assert {(spec.width, spec.height, spec.encoder) for spec in found.values()} == {(640, 360, "libx264")}
