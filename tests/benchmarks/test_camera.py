"""The camera's benchmark on a little simulated play, and its peers on the tracked games where they are."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import camera, camera_peers, camera_runs, camera_zoom
from benchmarks.camera_cost import Costs, measure_costs
from benchmarks.camera_drive import PolicyFailedError
from benchmarks.camera_optimum import least_cost
from benchmarks.camera_pan import follow, operate, optimum
from benchmarks.camera_play import NBA, RATE, TRACKED_HERTZ, Detector, Scene, noise
from benchmarks.camera_runs import Results, lookahead
from benchmarks.camera_zoom_peers import RequiredRegions
from virtualptz.camera.policies.deadband import Deadband, DeadbandOptions
from virtualptz.model import CameraQuality
from virtualptz.tracking.play import Play

PLAY = Scene(real=False, seconds=40)
WEIGHT = 3e-3


def error(figures: CameraQuality) -> float:
    assert figures.wanted_distance is not None
    return figures.wanted_distance


def test_pictures_pass_through_the_tracked_places_and_bend_softly_between_them() -> None:
    [passage] = PLAY.footage.passages
    moment = Play(7).at(5.0)
    assert passage.ball[5 * RATE] == pytest.approx(moment.ball)
    assert passage.players[5 * RATE, 3] == pytest.approx([moment.players[3].x, moment.players[3].y])
    players = passage.players[: 20 * RATE]
    tracked = players[:: RATE // TRACKED_HERTZ]
    straight = np.abs(np.diff(tracked, 2, axis=0)).max() / 2
    assert np.abs(np.diff(players, 2, axis=0)).max() < straight, "no corner at a tracked place"


def test_every_detector_makes_the_same_errors_of_the_same_picture() -> None:
    [passage] = PLAY.footage.passages
    errors = noise(passage, ())
    assert errors == pytest.approx(noise(passage, ()))
    assert np.median(np.abs(errors)) == pytest.approx(0.006 * 0.6745, rel=0.15)
    assert 0.005 < np.mean(np.abs(errors) > 0.03) < 0.03
    every, seldom = Detector().pictures(passage), Detector(hertz=5).pictures(passage)
    assert set(seldom) < set(every)
    silent = set(every) - set(Detector(silence=1.0).pictures(passage))
    assert {number / RATE % 10 // 1 for number in silent} == {5.0}


def test_the_optimum_solves_its_equations() -> None:
    wanted, weight, begin = np.random.default_rng(3).random(50), 20.0, 0.4
    third = np.diff(np.eye(52), 3, axis=0)
    known, fit = third[:, :3] @ np.full(3, begin), third[:, 3:]
    direct = np.linalg.solve(np.eye(49) + weight * fit.T @ fit, wanted[1:] - weight * fit.T @ known)
    assert least_cost(wanted, weight, -9, 9, begin) == pytest.approx([begin, *direct], abs=1e-5)


def test_the_optimum_keeps_its_bounds_and_costs_least_of_what_does() -> None:
    times = np.arange(300) / RATE
    wanted, weight = 0.5 + 0.4 * np.sin(times), WEIGHT * RATE**6
    path = least_cost(np.clip(wanted, 0.25, 0.75), weight, 0.25, 0.75, 0.5)
    assert path.min() > 0.25 - 1e-4
    assert path.max() < 0.75 + 1e-4
    free = least_cost(np.clip(wanted, 0.25, 0.75), weight, -9, 9, 0.5)
    assert free.max() > 0.76, "without bounds it swings out"


@pytest.mark.parametrize(
    ("peer", "distance", "jerk", "turns"),
    [
        (camera_peers.Raw, 0.0096, 553, 148),
        (camera_peers.Exponential, 0.0116, 63, 49),
        (camera_peers.OneEuro, 0.0120, 60, 47),
    ],
)
def test_peers_have_the_figures_that_were_measured_independently(
    peer: camera_peers.Make, distance: float, jerk: float, turns: float
) -> None:
    """Another draw of the noise, another definition of a turn: errors and jerk to 10 %, turns to 25 %."""
    if not NBA.exists():
        pytest.skip(f"no {NBA.name} beside the project")
    figures = follow(Scene(real=True), Detector(), peer)
    assert error(figures) == pytest.approx(distance, rel=0.1)
    assert figures.rms_jerk == pytest.approx(jerk, rel=0.1)
    assert figures.direction_changes_per_minute == pytest.approx(turns, rel=0.25)


@pytest.mark.parametrize("make", camera_runs.PEERS.values(), ids=camera_runs.PEERS)
def test_a_peer_goes_where_the_target_stands(make: camera_peers.Make) -> None:
    peer = make(0.3, 0.25, 0.75)
    path = [peer.step(0.6) for _ in range(40 * RATE)]
    assert path[-1] == pytest.approx(0.6, abs=0.045), "within the widest of the dead zones"
    assert max(path) < 0.76
    assert all(peer.step(0.6) == pytest.approx(path[-1], abs=0.01) for _ in range(RATE))


def test_knowing_a_second_ahead_beats_every_peer_and_is_near_the_limit() -> None:
    ours, limit = operate(PLAY, Detector(), "lookahead", 1.0), optimum(PLAY, Detector(), WEIGHT)
    for make in camera_runs.PEERS.values():
        peer = follow(PLAY, Detector(), make)
        assert error(ours) < error(peer)
        assert ours.rms_jerk < peer.rms_jerk / 5
    assert error(limit) < error(ours) < 1.5 * error(limit)
    assert ours.rms_jerk < 2.5 * limit.rms_jerk


def test_a_late_detector_costs_a_causal_camera_and_not_one_that_waits() -> None:
    late = Detector(latency=0.15)
    causal = [error(follow(PLAY, each, camera_peers.Exponential)) for each in (Detector(), late)]
    waiting = [error(operate(PLAY, each, "lookahead", 2.0)) for each in (Detector(), late)]
    assert causal[1] > 1.3 * causal[0]
    assert waiting[1] < 1.1 * waiting[0]


def test_a_wider_box_shows_more_at_less_zoom() -> None:
    tight, wide = (camera_zoom.follow(PLAY, Detector(), RequiredRegions, margin) for margin in (0.7, 1.3))
    assert wide.zoom < tight.zoom
    assert wide.quality.players_in_view is not None
    assert tight.quality.players_in_view is not None
    assert wide.quality.players_in_view > tight.quality.players_in_view


@pytest.fixture(scope="module")
def short() -> Scene:
    return Scene(real=False, seconds=12)


@pytest.fixture(scope="module")
def results(short: Scene) -> Iterator[Results]:
    with ThreadPoolExecutor(1) as pool:
        yield camera_runs.run_in(pool, short)


@pytest.fixture(scope="module")
def costs(short: Scene) -> Costs:
    return measure_costs(short)


def test_the_page_has_every_way_to_move_and_a_figure(
    short: Scene, results: Results, costs: Costs, tmp_path: Path
) -> None:
    result = camera.report(short, results, costs, tmp_path)
    page = result.markdown()
    for name in [*camera_runs.PEERS, *camera_runs.CONDITIONS, *camera_runs.ZOOM_PEERS, camera_runs.LIMIT]:
        assert name in page
    assert "simulated play" in page
    assert "nan" not in page
    assert result.figure is not None
    assert f"({result.figure.name})" in page
    assert 5_000 < result.figure.stat().st_size < 200_000


def test_a_claim_that_does_not_hold_says_so(
    short: Scene, results: Results, costs: Costs, tmp_path: Path
) -> None:
    key = (lookahead(1.0), camera_runs.PLAIN)
    poor = results.panned[key].model_copy(update={"wanted_distance": 1.0, "rms_jerk": 1e6})
    worse = replace(results, panned={**results.panned, key: poor})
    nearer, limit, ahead, _ = camera.report(short, worse, costs, tmp_path).claim.splitlines()
    assert [line.count("**not met**") for line in (nearer, limit, ahead)] == [1, 2, 1]
    assert "exponential (AutoPTZ)" in ahead, "it names who is"


def test_a_policy_that_fails_has_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator would go on with another one, on the air; here that would be another one's figures."""

    def fail(*_: object) -> None:
        raise ValueError("a fault of a policy")

    monkeypatch.setattr("virtualptz.camera.policies.spring.Spring.step", fail)
    monkeypatch.setattr("virtualptz.camera.operator.Spring", lambda _: Deadband(DeadbandOptions()))
    with pytest.raises(PolicyFailedError, match="spring"):
        operate(PLAY, Detector(), "spring")
