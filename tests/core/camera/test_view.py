from hypothesis import given
from hypothesis import strategies as st

from virtualptz.model import CropShape, View

aspects = st.floats(0.3, 4.0)
views = st.builds(View, st.floats(-2, 3), st.floats(-2, 3), st.floats(0.1, 9))


@given(views, aspects, aspects)
def test_the_crop_lies_inside_the_frame(view: View, source: float, output: float) -> None:
    shape = CropShape.fit(source, output)
    inside = view.inside(shape)
    half_width, half_height = shape.width / inside.zoom / 2, shape.height / inside.zoom / 2
    assert inside.center_x - half_width >= -1e-9
    assert inside.center_x + half_width <= 1 + 1e-9
    assert inside.center_y - half_height >= -1e-9
    assert inside.center_y + half_height <= 1 + 1e-9
    assert 1 <= inside.zoom <= 4


@given(views, aspects, aspects)
def test_a_view_that_is_inside_stays_where_it_is(view: View, source: float, output: float) -> None:
    shape = CropShape.fit(source, output)
    assert view.inside(shape).inside(shape) == view.inside(shape)


@given(aspects, aspects)
def test_the_crop_has_the_output_s_aspect_and_touches_two_edges(source: float, output: float) -> None:
    shape = CropShape.fit(source, output)
    assert abs(shape.width * source / shape.height - output) < 1e-9 * output
    assert max(shape.width, shape.height) == 1


def test_zoom_two_is_half_the_width_and_height() -> None:
    assert View(0, 0, 2).inside() == View(0.25, 0.25, 2)
    assert View(1, 1, 2).inside() == View(0.75, 0.75, 2)


def test_a_panorama_pans_at_zoom_one() -> None:
    assert View(0.1, 0.5, 1).inside(CropShape.fit(32 / 9, 16 / 9)) == View(0.25, 0.5, 1)
