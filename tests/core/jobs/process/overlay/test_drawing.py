from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.jobs.process.overlay.drawing import DIMMED, draw
from virtualptz.jobs.process.overlay.palette import AMBER, CLASSES, DARK, GREEN, RED, WHITE
from virtualptz.jobs.process.overlay.scene import Crop, Mark, Scene, Seen, Steering

WIDTH, HEIGHT = 640, 360
FLOOR = 120
PLAYER = Mark(0.5, 0.5, 0.1, 0.2, "player", "17")
"""From (288, 144) to (352, 216)."""
CROP = Crop(0.25, 0.25, 0.75, 0.75, 2.0)
"""From (160, 90) to (480, 270)."""

Pixels = npt.NDArray[np.uint8]


def floor(width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    return np.full((height, width, 3), FLOOR, np.uint8)


def seen(*marks: Mark, state: str = "stable", ahead: float = 0.5, strength: float = 1.0) -> Seen:
    return Seen(state, 0.87, "yolo-bytetrack", ahead, marks, strength)


def is_near(pixels: Pixels, colour: tuple[int, int, int], within: int = 12) -> npt.NDArray[np.bool_]:
    near: npt.NDArray[np.bool_] = np.abs(pixels.astype(int) - colour).max(axis=-1) <= within
    return near


def area(picture: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    return picture[top:bottom, left:right]


def test_the_picture_itself_is_not_touched() -> None:
    picture = floor()
    draw(picture, Scene(1.0, seen(PLAYER), CROP, Steering("auto", "auto")))
    assert (picture == FLOOR).all()


def test_outside_of_the_program_it_is_darker_and_inside_as_it_was() -> None:
    drawn = draw(floor(), Scene(0.0, crop=CROP))
    dark = round(FLOOR * (1 - DIMMED))
    for outside in ((0, 0, WIDTH, 83), (0, 0, 153, 300), (487, 0, WIDTH, 300), (0, 277, WIDTH, 310)):
        assert (np.abs(area(drawn, *outside).astype(int) - dark) <= 1).all()
    assert (area(drawn, 166, 130, 474, 264) == FLOOR).all()


def test_the_programs_edge_lies_where_the_crop_does() -> None:
    drawn = draw(floor(), Scene(0.0, crop=CROP))
    row, column = drawn[200, :, 0].astype(int), drawn[:, 320, 0].astype(int)
    assert int(np.argmax(row[:320])) in (159, 160)
    assert 320 + int(np.argmax(row[320:])) in (479, 480)
    assert int(np.argmax(column[:180])) in (89, 90)
    assert 180 + int(np.argmax(column[180:300])) in (269, 270)
    for place in (row[150:170], row[470:490], column[80:100], column[260:280]):
        assert place.max() > 175, "a light line"
        assert place.min() < 70, "with a dark edge"


def test_a_program_that_shows_all_has_its_frame_inside_of_the_picture() -> None:
    drawn = draw(floor(), Scene(0.0, crop=Crop(0, 0, 1, 1, 1.0)))
    assert is_near(area(drawn, 0, 40, 8, 300), WHITE, 60).any(axis=1).all()
    assert is_near(area(drawn, WIDTH - 8, 40, WIDTH, 300), WHITE, 60).any(axis=1).all()
    assert (area(drawn, 20, 40, 620, 300) == FLOOR).all()


def test_a_player_has_a_box_and_his_id_on_a_tab_above_it() -> None:
    drawn = draw(floor(), Scene(0.0, seen(PLAYER)))
    colour = CLASSES["player"]
    for side in ((286, 150, 291, 210), (350, 150, 355, 210)):
        assert is_near(area(drawn, *side), colour, 70).any(axis=1).all(), side
    assert is_near(area(drawn, 300, 213, 340, 219), colour, 70).any(axis=0).all()
    tab = area(drawn, 312, 130, 328, 143)
    assert is_near(tab, colour, 3).mean() > 0.4
    assert is_near(tab, DARK, 40).sum() > 12, "the id's digits"
    assert (area(drawn, 294, 150, 346, 208) == FLOOR).all(), "who is in the box can be seen"


def test_a_tab_that_has_no_room_above_stands_in_the_box_and_never_beyond_the_edge() -> None:
    mark = replace(PLAYER, x=0.01, y=0.1, name="123456")
    drawn = draw(floor(), Scene(0.0, seen(mark)))
    tab = area(drawn, 0, 1, 50, 14)
    assert is_near(tab, CLASSES["player"], 3).mean() > 0.3


def test_other_classes_have_another_colour_and_say_what_they_are() -> None:
    drawn = draw(floor(), Scene(0.0, seen(replace(PLAYER, cls="referee"))))
    tab = area(drawn, 285, 128, 355, 143)
    assert is_near(tab, CLASSES["referee"], 3).mean() > 0.25
    assert not is_near(drawn[:310], CLASSES["player"], 20).any()


def test_the_ball_is_ringed_however_small_it_is() -> None:
    drawn = draw(floor(), Scene(0.0, seen(Mark(0.5, 0.5, 0.0, 0.0, "ball"))))
    ball = area(drawn, 308, 168, 332, 192)
    assert is_near(ball, CLASSES["ball"], 70).sum() > 8
    assert is_near(ball, DARK, 60).sum() > 8
    ys, xs = np.nonzero((ball != FLOOR).any(axis=-1))
    assert (ys.mean(), xs.mean()) == pytest.approx((11.5, 11.5), abs=0.6)


def test_what_was_seen_long_ago_fades() -> None:
    def ink(strength: float) -> int:
        drawn = draw(floor(), Scene(0.0, seen(PLAYER, strength=strength)))[:300]
        return int(np.abs(drawn.astype(int) - FLOOR).sum())

    assert ink(1.0) > 1.6 * ink(0.5) > 0
    assert ink(0.0) == 0


@pytest.mark.parametrize(("state", "colour"), [("stable", GREEN), ("warning", AMBER), ("lost", RED)])
def test_the_bar_shows_the_state_by_its_colour(state: str, colour: tuple[int, int, int]) -> None:
    drawn = draw(floor(), Scene(0.0, seen(state=state)))
    pill = area(drawn, 4, 320, 90, 360)
    assert is_near(pill, colour, 3).sum() > 300
    assert is_near(pill, DARK, 40).sum() > 60, "what it says"


def test_a_silent_tracking_shows_its_age_in_red() -> None:
    red = [
        int(is_near(draw(floor(), Scene(0.0, seen(ahead=ahead)))[320:], RED, 40).sum())
        for ahead in (0.8, -0.3, -5.0)
    ]
    assert red[:2] == [0, 0]
    assert red[2] > 20


def test_the_words_of_tracking_and_camera_are_all_there() -> None:
    """Each of them changes the bar, and nothing else."""
    steering = Steering("auto", "auto", "follow_play", "lookahead")
    scene = Scene(12.0, seen(PLAYER), CROP, steering)
    told = scene.seen
    assert told is not None
    others = [
        replace(scene, at=13.0),
        replace(scene, seen=replace(told, state="warning")),
        replace(scene, seen=replace(told, confidence=0.5)),
        replace(scene, seen=replace(told, source="motion")),
        replace(scene, seen=replace(told, ahead=-0.4)),
        replace(scene, steering=replace(steering, holder="manual")),
        replace(scene, steering=replace(steering, mode="manual")),
        replace(scene, steering=replace(steering, reason="hold")),
        replace(scene, steering=replace(steering, policy="spring")),
    ]
    base = draw(floor(960, 540), scene)
    for other in others:
        changed = (draw(floor(960, 540), other) != base).any(axis=-1)
        assert changed.sum() > 10, other
        assert not changed[:480].any(), other


@pytest.mark.parametrize("size", [(16, 16), (64, 36), (320, 180), (1920, 1080), (180, 320)])
def test_any_size_of_picture(size: tuple[int, int]) -> None:
    marks = (PLAYER, Mark(0.0, 0.0, 1.0, 1.0, "x" * 40, "abcdefgh"), Mark(1.0, 1.0, 0.0, 0.0, "ball"))
    steering = Steering("none", "manual", "preset " + "ü" * 64, "p" * 40)
    drawn = draw(floor(*size), Scene(1e6, seen(*marks), Crop(0, 0, 1, 1, 1.0), steering))
    assert drawn.shape == (size[1], size[0], 3)
    assert (drawn != FLOOR).any()


unit = st.floats(0, 1)
any_mark = st.builds(
    Mark, unit, unit, unit, unit, st.sampled_from(["player", "ball", "", "dog"]), st.text(max_size=8)
)
any_seen = st.builds(
    Seen,
    st.text(max_size=32),
    unit,
    st.text(max_size=32),
    st.floats(-1e6, 5),
    st.lists(any_mark).map(tuple),
    unit,
)
any_crop = st.builds(Crop, unit, unit, unit, unit, st.floats(1, 4))


@settings(max_examples=60)
@given(st.one_of(st.none(), any_seen), st.one_of(st.none(), any_crop))
def test_whatever_is_told_can_be_drawn(told: Seen | None, crop: Crop | None) -> None:
    drawn = draw(floor(160, 90), Scene(3.0, told, crop, None))
    assert drawn.shape == (90, 160, 3)
