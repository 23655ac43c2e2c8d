import numpy as np
import pytest

from virtualptz_yolo.network import Found
from virtualptz_yolo.tiling.memory import MOVING_SECONDS, STILL_SECONDS, PieceMemory
from virtualptz_yolo.tiling.movement import Movement
from virtualptz_yolo.tiling.turns import TURN_SECONDS


def person(x: float, cls: int = 0) -> Found:
    return np.array([(x, 100, x + 20, 160, 0.8, cls)], np.float32)


def moved(*xs: int) -> Movement:
    """A movement at these places, and nowhere else."""
    movement = Movement()
    image = np.zeros((200, 400, 3), np.uint8)
    movement.see(image)
    for x in xs:
        image[100:160, x : x + 4] = 255
    movement.see(image)
    return movement


def test_who_stands_still_stays() -> None:
    memory = PieceMemory()
    memory.look(person(50), 1.0)
    memory.heed(moved(300))
    assert memory.recall(1.0 + STILL_SECONDS).tolist() == person(50).tolist()
    assert len(memory.recall(1.1 + STILL_SECONDS)) == 0


def test_stillness_is_remembered_until_the_next_turn() -> None:
    assert STILL_SECONDS > TURN_SECONDS


def test_who_moves_is_foretold_for_a_moment() -> None:
    memory = PieceMemory()
    memory.look(person(50), 1.0)
    memory.look(person(60), 1.2)
    assert memory.recall(1.4)[0, 0] == 60
    memory.heed(moved(60))
    memory.heed(moved(300))
    assert memory.recall(1.4)[0, :4] == pytest.approx((70, 100, 90, 160))
    assert len(memory.recall(1.3 + MOVING_SECONDS)) == 0


def test_a_look_tells_anew_who_stands() -> None:
    memory = PieceMemory()
    memory.look(person(50), 1.0)
    memory.heed(moved(60))
    memory.look(person(55), 2.0)
    assert memory.recall(5.0).tolist() == person(55).tolist()


@pytest.mark.parametrize(
    ("before", "apart"), [(person(300), 0.2), (person(50, cls=32), 0.2), (person(50), 4.0)]
)
def test_somebody_else_gives_no_speed(before: Found, apart: float) -> None:
    """One far away, a ball, or one of long ago."""
    memory = PieceMemory()
    memory.look(before, 1.0)
    memory.look(person(60), 1.0 + apart)
    memory.heed(moved(60))
    assert memory.recall(1.2 + apart)[0, 0] == 60


def test_what_another_piece_saw_is_forgotten() -> None:
    memory = PieceMemory()
    memory.look(np.concatenate([person(50), person(90)]), 1.0)
    memory.forget(np.array([True, False]))
    assert memory.recall(1.1).tolist() == person(90).tolist()
    assert len(memory) == 1


def test_nothing_was_seen_yet() -> None:
    memory = PieceMemory()
    memory.heed(moved(50))
    assert len(memory) == len(memory.recall(0.0)) == 0
