import numpy as np

from virtualptz_yolo.tiling.movement import Movement
from virtualptz_yolo.tiling.piece import grid

PIECES = grid(0, 0, 1920, 1080, 640 / 1000, 640)


def hall(x: int | None = None, seed: int = 0) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """A noisy grey picture, with a person at x."""
    noise = np.random.default_rng(seed).integers(-4, 5, (1080, 1920, 3))
    image = (120 + noise).astype(np.uint8)
    if x is not None:
        image[500:560, x : x + 25] = 230
    return image


def between(*images: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]) -> Movement:
    movement = Movement()
    for image in images:
        movement.see(image)
    return movement


def within(movement: Movement) -> list[float]:
    return [movement.within(piece) for piece in PIECES]


def test_a_first_picture_is_all_new() -> None:
    assert within(between(hall())) == [1.0] * len(PIECES)


def test_noise_is_no_movement() -> None:
    assert max(within(between(hall(seed=1), hall(seed=2)))) == 0


def test_somebody_who_runs_is_seen_where_he_is() -> None:
    movement = between(hall(100), hall(140))
    here = [piece.left <= 100 and piece.right >= 165 and piece.top <= 500 for piece in PIECES]
    assert any(here)
    assert not all(here)
    assert [value > 0.3 for value in within(movement)] == here
    boxes = np.array([(100, 500, 125, 560, 1, 0), (90, 480, 102, 520, 1, 0), (400, 500, 425, 560, 1, 0)])
    assert movement.at(boxes.astype(np.float32)).tolist() == [True, True, False]


def test_boxes_may_reach_out_of_the_picture() -> None:
    boxes = np.array([(-30, -50, -10, -20, 1, 0), (1900, 1000, 2100, 1200, 1, 0)], np.float32)
    assert between(hall()).at(boxes).tolist() == [False, True]


def test_another_size_is_all_new() -> None:
    assert min(within(between(hall(), hall()[:540]))) == 1
