from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz_yolo.tiling.piece import OVERLAP, Piece, grid, whole


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array([(*row, 0.9, 0) for row in rows], np.float32).reshape(-1, 6)


@given(
    width=st.integers(200, 8000),
    height=st.integers(200, 4400),
    left=st.integers(0, 500),
    top=st.integers(0, 500),
    scale=st.floats(0.1, 1.0),
    size=st.sampled_from([320, 640, 1280]),
)
def test_a_grid_covers_all_at_the_scale_that_was_asked_for(
    width: int, height: int, left: int, top: int, scale: float, size: int
) -> None:
    pieces = grid(left, top, width, height, scale, size)
    assert {(piece.width, piece.height) for piece in pieces} == {(pieces[0].width, pieces[0].height)}
    for piece in pieces:
        assert left <= piece.left <= piece.right <= left + width
        assert top <= piece.top <= piece.bottom <= top + height
        assert piece.scale >= scale * 0.99
        assert max(piece.width, piece.height) * piece.scale <= size + 1e-6
    across = sorted({(piece.left, piece.right) for piece in pieces})
    assert (across[0][0], across[-1][1]) == (left, left + width)
    for (_, right), (start, _) in pairwise(across):
        assert right - start >= pieces[0].width * OVERLAP - 2
    down = sorted({(piece.top, piece.bottom) for piece in pieces})
    assert (down[0][0], down[-1][1]) == (top, top + height)


def test_a_picture_that_is_small_enough_is_one_piece() -> None:
    [piece] = grid(0, 0, 640, 360, 1.0, 640)
    assert piece == whole(0, 0, 640, 360, 640)


def test_inner_sides_are_those_within_the_picture() -> None:
    pieces = grid(0, 0, 2000, 1000, 0.5, 640)
    assert len(pieces) == 2
    assert [piece.inner for piece in pieces] == [(False, False, True, False), (True, False, False, False)]


def test_a_piece_shows_its_part_of_the_picture_scaled() -> None:
    image = np.zeros((400, 800, 3), np.uint8)
    image[100:300, 400:800] = 200
    part = Piece(400, 100, 400, 200, 0.5).of(image)
    assert part.shape == (100, 200, 3)
    assert part.min() == 200


def test_boxes_go_back_to_where_they_were() -> None:
    piece = Piece(100, 50, 333, 201, 640 / 1000)
    seen = boxes((0, 0, round(333 * 0.64), round(201 * 0.64)), (64, 32, 128, 96))
    back = piece.back(seen)
    assert back[0, :4] == pytest.approx((100, 50, 433, 251))
    assert back[1, :4] == pytest.approx((200, 100, 300, 200), abs=1)
    assert back[1, 4:] == pytest.approx(seen[1, 4:])


def test_a_box_at_an_inner_side_is_cut_and_one_at_the_pictures_is_not() -> None:
    piece = Piece(0, 0, 100, 100, 1.0, inner=(False, False, True, False))
    found = boxes((0, 10, 20, 50), (80, 10, 99, 50), (50, 50, 70, 100), (98, 0, 100, 20))
    assert piece.cut(found).tolist() == [False, True, False, True]


def test_it_holds_what_lies_inside_and_is_not_cut() -> None:
    piece = Piece(100, 0, 100, 100, 1.0, inner=(True, False, True, False))
    found = boxes((120, 10, 140, 50), (90, 10, 120, 50), (180, 10, 199, 50), (300, 0, 310, 9))
    assert piece.holds(found).tolist() == [True, False, False, False]
