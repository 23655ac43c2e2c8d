import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.tracking.game.floor import LENGTH, WIDTH
from virtualptz.tracking.wide_camera import WideCamera

aspects = st.floats(1.0, 4.0)
CORNERS = [(x, y, z) for x in (0.0, LENGTH) for y in (0.0, WIDTH) for z in (0.0, 2.0)]


@given(aspects)
def test_the_whole_court_is_seen_with_the_players_on_it(aspect: float) -> None:
    for corner in CORNERS:
        x, y = WideCamera(aspect).point(*corner)
        assert 0 < x < 1
        assert 0 < y < 1


@given(aspects, st.floats(0, 28), st.floats(0, 14), st.floats(0, 3))
def test_nearer_is_lower_and_larger_and_up_is_up(aspect: float, x: float, y: float, z: float) -> None:
    camera = WideCamera(aspect)
    assert camera.point(x, y + 1, z)[1] > camera.point(x, y, z)[1]
    assert camera.scale(y + 1, z) > camera.scale(y, z)
    assert camera.point(x, y, z + 0.5)[1] < camera.point(x, y, z)[1]


@given(st.floats(0, 28), st.floats(0, 15), st.floats(0, 15))
def test_straight_lines_stay_straight(x: float, near: float, far: float) -> None:
    camera = WideCamera()
    (ax, ay), (bx, by) = camera.point(x, near), camera.point(x, far)
    mx, my = camera.point(x, (near + far) / 2)
    assert (bx - ax) * (my - ay) == pytest.approx((by - ay) * (mx - ax), abs=1e-9)


def test_a_metre_across_is_as_long_as_the_scale_says() -> None:
    camera = WideCamera()
    left, _ = camera.point(13.5, 6.0, 1.0)
    right, _ = camera.point(14.5, 6.0, 1.0)
    assert right - left == pytest.approx(camera.scale(6.0, 1.0))


def test_left_and_right_mirror_each_other() -> None:
    camera = WideCamera()
    assert camera.point(3.0, 5.0)[0] == pytest.approx(1 - camera.point(LENGTH - 3.0, 5.0)[0])
