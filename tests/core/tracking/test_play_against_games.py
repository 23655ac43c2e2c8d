"""The simulated match beside real ones: NBA tracking at 5 Hz, where that is at hand."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from virtualptz.tracking.play import Play

TRACKS = Path(__file__).parents[4] / "shared/data/tracks/nba_cle_val_4games_5hz.npz"
FOOT = 0.3048
HERTZ = 5

Places = npt.NDArray[np.float64]
"""Time x 10 players x 2, metres."""


@pytest.fixture(scope="module")
def real() -> tuple[Places, npt.NDArray[np.bool_]]:
    """Places, and for each step whether it is of one piece."""
    if not TRACKS.exists():
        pytest.skip(f"no {TRACKS.name} beside the project")
    data = np.load(TRACKS)
    return data["players_ft"].astype(float) * FOOT, data["segment"][1:] == data["segment"][:-1]


@pytest.fixture(scope="module")
def played() -> tuple[Places, npt.NDArray[np.bool_]]:
    play = Play(7)
    moments = [play.at(number / HERTZ) for number in range(900 * HERTZ)]
    places = np.array([[(player.x, player.y) for player in moment.players] for moment in moments])
    live = np.array([moment.phase not in ("deadball", "free_throw") for moment in moments])
    return places, live[1:] & live[:-1]


def _speeds(places: Places, whole: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    steps = np.linalg.norm(np.diff(places, axis=0), axis=-1) * HERTZ
    return np.asarray(steps[whole].ravel())


@pytest.mark.parametrize(("percentile", "share"), [(50, 0.35), (95, 0.15), (99, 0.15)])
def test_speeds_are_those_of_a_game(
    real: tuple[Places, npt.NDArray[np.bool_]],
    played: tuple[Places, npt.NDArray[np.bool_]],
    percentile: float,
    share: float,
) -> None:
    wanted = np.percentile(_speeds(*real), percentile)
    assert np.percentile(_speeds(*played), percentile) == pytest.approx(wanted, rel=share)


def test_as_many_stand_and_as_many_sprint(
    real: tuple[Places, npt.NDArray[np.bool_]], played: tuple[Places, npt.NDArray[np.bool_]]
) -> None:
    standing = [(_speeds(*one) < 0.5).mean() for one in (real, played)]
    sprinting = [(_speeds(*one) > 4.0).mean() for one in (real, played)]
    assert standing[1] == pytest.approx(standing[0], abs=0.06)
    assert sprinting[1] == pytest.approx(sprinting[0], abs=0.05)


@pytest.mark.parametrize("axis", [0, 1])
def test_players_spread_as_in_a_game(
    real: tuple[Places, npt.NDArray[np.bool_]], played: tuple[Places, npt.NDArray[np.bool_]], axis: int
) -> None:
    wide = [np.median(places[1:][whole][..., axis].std(axis=1)) for places, whole in (real, played)]
    assert wide[1] == pytest.approx(wide[0], rel=0.25)
