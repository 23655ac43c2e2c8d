import numpy as np
import pytest

from virtualptz_yolo.network import Found
from virtualptz_yolo.tiling.merge import Finds, Rank, merge

PERSON, BALL = 0, 32


def found(*rows: tuple[float, ...]) -> Found:
    """Left, top, right, bottom, score; a person unless a class follows."""
    return np.array([row if len(row) == 6 else (*row, PERSON) for row in rows], np.float32).reshape(-1, 6)


def tile(number: int, *rows: tuple[float, ...], cut: tuple[bool, ...] = ()) -> Finds:
    return Finds.of(found(*rows), Rank.TILE, number, np.array(cut or [False] * len(rows), bool))


def test_nothing_is_nothing() -> None:
    assert merge([]).shape == (0, 6)
    assert merge([tile(0)]).shape == (0, 6)


def test_who_is_cut_by_a_seam_is_there_once_and_whole() -> None:
    """The part is surer than the whole, and would win against it by its score."""
    merged = merge([tile(0, (95, 50, 100, 90, 0.9), cut=(True,)), tile(1, (95, 50, 110, 90, 0.5))])
    assert merged.tolist() == [pytest.approx((95, 50, 110, 90, 0.9, PERSON))]


def test_who_is_whole_in_two_pieces_is_there_once() -> None:
    merged = merge([tile(0, (90, 50, 110, 90, 0.7)), tile(1, (91, 51, 110, 91, 0.8))])
    assert merged.tolist() == [pytest.approx((91, 51, 110, 91, 0.8, PERSON))]


def test_two_who_overlap_in_one_piece_are_two() -> None:
    pair = ((90, 50, 110, 90, 0.7), (95, 50, 115, 90, 0.6))
    assert len(merge([tile(0, *pair)])) == 2
    assert len(merge([tile(0, *pair), tile(1, *pair)])) == 2


def test_somebody_behind_another_is_seen_by_the_next_piece() -> None:
    """The smaller box is mostly inside the larger one, and both are whole: two people."""
    near, far = (80, 20, 120, 120, 0.9), (85, 30, 95, 55, 0.6)
    assert len(merge([tile(0, near), tile(1, near, far)])) == 2


def test_the_fine_box_wins_against_the_one_of_the_whole_picture() -> None:
    coarse = Finds.of(found((88, 48, 114, 95, 0.95)), Rank.WHOLE_PICTURE, -1)
    merged = merge([coarse, tile(0, (90, 50, 110, 90, 0.6))])
    assert merged.tolist() == [pytest.approx((90, 50, 110, 90, 0.95, PERSON))]


def test_who_is_too_large_for_a_piece_comes_from_the_whole_picture() -> None:
    large = (10, 10, 190, 390, 0.8)
    coarse = Finds.of(found(large), Rank.WHOLE_PICTURE, -1)
    parts = [tile(0, (10, 10, 100, 390, 0.9), cut=(True,)), tile(1, (100, 10, 190, 390, 0.9), cut=(True,))]
    assert merge([coarse, *parts])[:, :4].tolist() == [[10, 10, 190, 390]]


def test_who_was_remembered_gives_way_to_who_is_seen() -> None:
    remembered = Finds.of(found((80, 50, 100, 90, 0.9), (300, 50, 320, 90, 0.7)), Rank.REMEMBERED, 1)
    merged = merge([tile(0, (88, 50, 108, 90, 0.6)), remembered])
    assert merged[:, 0].tolist() == [88, 300]


def test_who_is_remembered_whole_is_better_than_a_part_of_him() -> None:
    remembered = Finds.of(found((80, 50, 100, 90, 0.5)), Rank.REMEMBERED, 1)
    merged = merge([tile(0, (80, 70, 100, 90, 0.9), cut=(True,)), remembered])
    assert merged[:, :4].tolist() == [[80, 50, 100, 90]]


def test_a_ball_at_a_players_feet_is_not_a_part_of_him() -> None:
    merged = merge([tile(0, (90, 50, 110, 90, 0.7)), tile(1, (95, 80, 103, 88, 0.5, BALL))])
    assert sorted(merged[:, 5].tolist()) == [PERSON, BALL]
