from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz_yolo.tiling.turns import TURN_SECONDS, Turns

STEP = 0.1


def test_with_budget_for_all_all_are_taken() -> None:
    assert Turns(5, 0).take(np.zeros(5), 0.0) == [0, 1, 2, 3, 4]
    assert Turns(5, 9).take(np.zeros(5), 0.0) == [0, 1, 2, 3, 4]
    assert Turns(0, 3).take(np.zeros(0), 0.0) == []


def test_movement_comes_first() -> None:
    turns = Turns(8, 2)
    activity = np.zeros(8)
    activity[[2, 5]] = 1.0
    taken = Counter(piece for frame in range(100) for piece in turns.take(activity, frame * STEP))
    still = max(taken[piece] for piece in (0, 1, 3, 4, 6, 7))
    assert min(taken[2], taken[5]) > 10 * still


@given(
    count=st.integers(1, 40),
    budget=st.integers(1, 8),
    busy=st.sets(st.integers(0, 39)),
    step=st.floats(0.03, 1.0),
)
def test_every_piece_has_its_turn(count: int, budget: int, busy: set[int], step: float) -> None:
    turns = Turns(count, budget)
    activity = np.array([float(piece in busy) for piece in range(count)])
    pictures_for_all = -(-count // ((min(budget, count) + 1) // 2))
    patience = TURN_SECONDS + (pictures_for_all + 1) * step
    looked = dict.fromkeys(range(count), 0.0)
    for frame in range(int(3 * patience / step) + 1):
        at = frame * step
        taken = turns.take(activity, at)
        assert len(set(taken)) == min(budget, count)
        looked.update(dict.fromkeys(taken, at))
        assert at - min(looked.values()) <= patience + 1e-6


def test_equal_pieces_take_turns() -> None:
    turns = Turns(6, 2)
    taken = Counter(piece for frame in range(60) for piece in turns.take(np.ones(6), frame * STEP))
    assert set(taken.values()) == {20}


@pytest.mark.parametrize("busy", [0, 3])
def test_the_same_pictures_give_the_same_turns(busy: int) -> None:
    activity = np.arange(7) == busy
    one, other = Turns(7, 3), Turns(7, 3)
    for frame in range(50):
        at = frame * STEP
        assert one.take(activity.astype(float), at) == other.take(activity.astype(float), at)
