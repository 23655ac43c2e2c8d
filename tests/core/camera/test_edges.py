import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from virtualptz.model import CropShape, Edges, LimitBox, View

numbers = st.floats(-10, 10)
anywhere = st.builds(View, numbers, numbers, st.floats(0.1, 20))


@st.composite
def boxes(draw: st.DrawFn) -> LimitBox:
    left, top = draw(st.floats(0, 0.75)), draw(st.floats(0, 0.75))
    return LimitBox(
        left=left, top=top, right=draw(st.floats(left + 0.25, 1)), bottom=draw(st.floats(top + 0.25, 1))
    )


@given(anywhere, boxes(), st.floats(0.4, 4))
def test_a_clamped_view_lies_in_the_box(view: View, box: LimitBox, source_aspect: float) -> None:
    shape = CropShape.fit(source_aspect, 16 / 9)
    edges = Edges(shape, box)
    inside = edges.clamp(view)
    half_width, half_height = shape.width / inside.zoom / 2, shape.height / inside.zoom / 2
    assert inside.center_x - half_width >= box.left - 1e-9
    assert inside.center_x + half_width <= box.right + 1e-9
    assert inside.center_y - half_height >= box.top - 1e-9
    assert inside.center_y + half_height <= box.bottom + 1e-9
    assert edges.clamp(inside) == inside


def test_a_box_forces_the_zoom_that_fits() -> None:
    edges = Edges(box=LimitBox(left=0.5, right=1.0))
    assert edges.min_zoom == 2.0
    assert edges.clamp(View()) == View(0.75, 0.5, 2.0)
    assert edges.wide == View(0.75, 0.5, 2.0)


def test_without_a_box_the_wide_view_is_the_whole_frame() -> None:
    assert Edges().wide == View()


@pytest.mark.parametrize("box", [{"left": 0.8}, {"top": 0.6, "bottom": 0.5}, {"right": 1.5}])
def test_a_box_that_cannot_hold_the_closest_crop_is_refused(box: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        LimitBox(**box)
