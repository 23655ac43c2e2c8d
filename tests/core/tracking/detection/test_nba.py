"""Real play: what is read of NBA games, seen by the wide camera, is what a spectator would say."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from virtualptz.model import TrackingUpdate
from virtualptz.tracking.bytetrack import Track
from virtualptz.tracking.detection import DetectorOptions, PlayReader, Scene
from virtualptz.tracking.wide_camera import WideCamera

from ....sample_data import sample

LENGTH, WIDTH_M = 28.0, 15.0
WIDTH, HEIGHT = 1280, 720
Places = npt.NDArray[np.float64]


@lru_cache(maxsize=1)
def played() -> list[tuple[Places, list[TrackingUpdate]]]:
    """Pieces of play of eight seconds at least: places (time x 10 x 2, a FIBA court's metres; 5 a second)."""
    data = np.load(sample("tracks/nba_cle_val_4games_5hz.npz"))
    places = data["players_ft"].astype(float) * (LENGTH / 94, WIDTH_M / 50)
    pieces = [places[data["segment"] == number] for number in np.unique(data["segment"])]
    return [(piece, _read(piece)) for piece in pieces if len(piece) >= 40]


def _read(places: Places) -> list[TrackingUpdate]:
    reader, camera = PlayReader("nba", DetectorOptions()), WideCamera()
    updates = []
    for number, spots in enumerate(places):
        people = tuple(_track(who, x, y, number / 5, camera) for who, (x, y) in enumerate(spots.tolist()))
        updates.append(reader.read(Scene(number / 5, WIDTH, HEIGHT, people)))
    return updates


def _track(who: int, x: float, y: float, age: float, camera: WideCamera) -> Track:
    across, feet = camera.point(x, y)
    head, half = camera.point(x, y, 1.95)[1], 0.31 * camera.scale(y)
    box = ((across - half) * WIDTH, head * HEIGHT, (across + half) * WIDTH, feet * HEIGHT)
    return Track(who + 1, box, 0.9, "player", age, 0.0, (0.0, 0.0))


def _settled(places: Places, side: str) -> npt.NDArray[np.bool_]:
    """When eight of ten have been in one half for two seconds, and most do not run along the court."""
    runs = np.abs(np.median(np.gradient(places[..., 0], 0.2, axis=0), axis=1))
    there = places[..., 0] > LENGTH / 2 + 1 if side == "right" else places[..., 0] < LENGTH / 2 - 1
    quiet = (there.sum(axis=1) >= 8) & (runs < 1.0)
    return np.array([quiet[max(0, at - 5) : at + 6].all() and at >= 15 for at in range(len(quiet))])


@pytest.mark.parametrize("side", ["left", "right"])
def test_who_has_settled_in_a_half_attacks_there(side: str) -> None:
    read = [
        (update.possession_side, update.play_phase)
        for places, updates in played()
        for update, settled in zip(updates, _settled(places, side), strict=True)
        if settled
    ]
    assert len(read) > 500
    assert sum(one == side for one, _ in read) / len(read) > 0.97
    assert sum(phase == "set_offense" for _, phase in read) / len(read) > 0.9


def test_who_crosses_the_middle_together_is_in_transition_to_that_side() -> None:
    phases, sides = [], []
    for places, updates in played():
        middle = np.median(places[..., 0], axis=1)
        flow = np.median(np.gradient(places[..., 0], 0.2, axis=0), axis=1)
        for at in range(15, len(places)):
            crosses = (middle[at - 1] < LENGTH / 2) != (middle[at] < LENGTH / 2)
            if crosses and abs(flow[at]) > 2:
                phases.append(updates[at].play_phase)
                sides.append(updates[at].possession_side == ("right" if flow[at] > 0 else "left"))
    assert len(phases) > 40
    assert phases.count("transition") / len(phases) > 0.95
    assert sum(sides) / len(sides) > 0.95


def test_sides_change_as_often_as_in_a_game() -> None:
    """Some two hundred possessions in 48 minutes of play are four a minute; pieces begin in the middle."""
    changes = seconds = 0.0
    for _, updates in played():
        sides = [update.possession_side for update in updates if update.possession_side in ("left", "right")]
        changes += sum(one != other for one, other in pairwise(sides))
        seconds += len(updates) / 5
    assert 1.5 < 60 * changes / seconds < 5


def test_live_play_is_no_dead_ball() -> None:
    phases = [update.play_phase for _, updates in played() for update in updates[15:]]
    assert phases.count("deadball") / len(phases) < 0.03
    assert phases.count("free_throw") / len(phases) < 0.01
