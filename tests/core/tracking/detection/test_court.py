"""A court measured in the picture: the option's errors, and a real one whose players others measured."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from virtualptz.tracking.detection import DetectorOptions
from virtualptz.tracking.detection.court import AGREE_METRES
from virtualptz.tracking.detection.homography import Homography, Pair
from virtualptz.tracking.wide_camera import WideCamera

from ....sample_data import sample

CORNERS = "0.2,0.3=0,0 0.8,0.3=28,0 0.95,0.9=28,15 0.05,0.9=0,15"
SPOTS = (
    (0.0, 0.0),
    (28.0, 0.0),
    (28.0, 15.0),
    (0.0, 15.0),
    (14.0, 0.0),
    (14.0, 15.0),
    (5.8, 5.05),
    (22.2, 9.95),
)


def measured(points: str) -> tuple[Pair, ...]:
    return DetectorOptions.model_validate({"court": points}).court


def drawn() -> list[Pair]:
    """Points of the simulated court, as its camera sees them."""
    camera = WideCamera()
    return [(camera.point(*spot), spot) for spot in SPOTS]


def written(pairs: list[Pair]) -> str:
    return " ".join(f"{x!r},{y!r}={u!r},{v!r}" for (x, y), (u, v) in pairs)


def test_points_are_read_as_people_write_them() -> None:
    assert measured(CORNERS)[2] == ((0.95, 0.9), (28.0, 15.0))
    assert measured(CORNERS.replace(" ", "; ").replace("=", " = ").replace(",", ", ")) == measured(CORNERS)
    assert measured("") == ()
    assert DetectorOptions(court=measured(CORNERS)).court == measured(CORNERS)
    assert DetectorOptions.model_validate({"court_size": "28x15"}).court_size == (28.0, 15.0)


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ("0.2,0.3=0,0 0.8,0.3=28,0 0.95,0.9=28,15", "at least 4 points, not 3"),
        (CORNERS.replace("0.95,0.9", "0.95,1.9"), "0.95,1.9 is outside the picture"),
        (CORNERS.replace("=28,15", ":28,15"), "as in 0.1,0.3=0,15, not '0.95,0.9:28,15'"),
        (CORNERS.replace("28,15", "28"), "not '0.95,0.9=28'"),
        (CORNERS.replace("28,15", "nan,15"), "not '0.95,0.9=nan,15'"),
        (CORNERS.replace("28,15", "28000,15"), "28000,15 is not metres"),
        ("0.1,0.3=0,0 0.3,0.3=10,0 0.5,0.3=20,0 0.5,0.9=20,15", "no three are on one line"),
        ("0.1,0.3=0,0 0.3,0.8=10,9 0.5,0.3=20,0 0.5,0.9=30,0", "no three are on one line"),
        (CORNERS.replace("0.05,0.9=0,15", "0.95,0.9=0,15"), "0.95,0.9=28,15 and 0.95,0.9=0,15 are one"),
        (" ".join(f"0.{n},0.{n * n}={n},{n}" for n in range(10, 43)), "at most 32 points"),
    ],
)
def test_what_is_no_court_is_refused_with_the_reason(points: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        measured(points)
    assert why in str(refused.value)


@pytest.mark.parametrize("size", ["28", "28x15x3", "ax15", "0x15", "28x-15", "5000x15"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(ValidationError, match=r"length x width|is none"):
        DetectorOptions.model_validate({"court_size": size})


@given(st.integers(0, len(SPOTS) - 1), st.floats(-1, 1), st.floats(-1, 1))
@example(3, 0.3125, -0.25)
def test_one_slip_among_many_points_is_named(which: int, dx: float, dy: float) -> None:
    """A smaller one than all of them agree within is averaged away, as a click a little off is."""
    assume(abs(dx) + abs(dy) > 0.5)
    pairs = drawn()
    image, (x, y) = pairs[which]
    pairs[which] = (image, (x + 6 * dx, y + 6 * dy))
    whole = Homography.fit(pairs)
    assume(whole is not None and whole.error > AGREE_METRES)
    with pytest.raises(ValidationError, match="does not fit the others") as refused:
        measured(written(pairs))
    assert f"{image[0]:g},{image[1]:g}=" in str(refused.value)


def test_points_that_were_clicked_a_little_off_are_averaged() -> None:
    rng = np.random.default_rng(1)
    pairs = [((x + rng.normal(0, 0.002), y + rng.normal(0, 0.002)), spot) for (x, y), spot in drawn()]
    homography = Homography.fit(measured(written(pairs)))
    assert homography is not None
    assert 0 < homography.error < 0.3
    assert homography.off((WideCamera().point(9.0, 6.0), (9.0, 6.0))) < 0.3


@given(st.floats(0, 28), st.floats(0, 15))
def test_the_simulated_court_is_mapped_exactly(x: float, y: float) -> None:
    homography = Homography.fit(measured(written(drawn()[:4])))
    assert homography is not None
    assert homography(WideCamera().point(x, y)) == pytest.approx((x, y), abs=1e-6)


def test_what_is_above_the_horizon_is_nowhere() -> None:
    homography = Homography.fit(drawn())
    assert homography is not None
    assert homography((0.5, -5.0)) is None


def real(clip: str) -> list[Pair]:
    """Feet in the picture (1280 x 720) and where they are on the court, in metres: six players, picture by
    picture. The annotation's two files name the players in the same order."""
    boxes: dict[tuple[int, int], tuple[float, float]] = {}
    for line in sample(f"tracks/trackid3x3/indoor_mot/{clip}_pre.txt").read_text().splitlines():
        number, who, left, top, width, height = (float(part) for part in line.split(",")[:6])
        boxes[int(number), int(who)] = ((left + width / 2) / 1280, (top + height) / 720)
    pairs: list[Pair] = []
    with Path.open(sample(f"tracks/trackid3x3/indoor_court_xy/{clip}.csv")) as file:
        for row in csv.reader(file):
            if row[0].isdigit():
                spots = [float(part) / 100 for part in row[1:]]
                for who in range(6):
                    feet = boxes.get((int(row[0]), who + 1))
                    if feet is not None:
                        pairs.append((feet, (spots[2 * who], spots[2 * who + 1])))
    return pairs


@pytest.mark.parametrize("clip", ["basket_S1T1", "basket_S1T2", "basket_S1T3"])
def test_players_are_where_they_are_on_a_real_court_measured_at_eight_points(clip: str) -> None:
    """The key points of TrackID3x3's hall, where FIBA's rules put them; truth: its own coordinates."""
    names = json.loads(sample("tracks/trackid3x3/indoor_court_keypoints.json").read_text())["points"]
    keys = {point["name"].split("_")[1]: (point["x"] / 1280, point["y"] / 720) for point in names}
    # x is the distance from the baseline, y that from the left sideline.
    lines = {
        "1": (0.0, 0.0),
        "2": (0.0, 0.9),
        "3": (0.0, 5.05),
        "4": (0.0, 9.95),
        "5": (0.0, 14.1),
        "6": (0.0, 15.0),
        "7": (5.8, 5.05),
        "8": (5.8, 9.95),
    }
    homography = Homography.fit(measured(written([(keys[name], spot) for name, spot in lines.items()])))
    assert homography is not None
    assert homography.error < 0.1
    offs = [homography.off(pair) for pair in real(clip)]
    assert len(offs) > 900
    assert np.percentile(offs, 95) < 0.35
    assert math.isfinite(max(offs))
