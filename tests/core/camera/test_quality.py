"""Quality figures of paths whose figures are known."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.camera.quality import QualityMeter
from virtualptz.model import (
    CameraQuality,
    CropShape,
    Edges,
    FramingOptions,
    LimitBox,
    Target,
    TrackingUpdate,
    View,
)

EDGES = Edges()
AMPLITUDE, TURN = 0.1, 1.5
"""Source widths, radians a second."""
Path = Callable[[float], View]


def sine(at: float) -> View:
    return View(0.5 + AMPLITUDE * math.sin(TURN * at), 0.5, 2.0)


def measure(
    path: Path, rate: float = 30.0, seconds: float = 60.0, window: float | None = None, edges: Edges = EDGES
) -> CameraQuality:
    meter = QualityMeter(window)
    for number in range(round(seconds * rate) + 1):
        meter.add(number / rate, path(number / rate), None, edges)
    return meter.figures()


def sees(*players: tuple[float, float], ball: tuple[float, float] | None = None) -> TrackingUpdate:
    targets = [Target(x=x, y=y, confidence=0.9, cls="player") for x, y in players]
    if ball is not None:
        targets.append(Target(x=ball[0], y=ball[1], confidence=0.9, cls="ball"))
    return TrackingUpdate(tracking_confidence=0.9, tracking_state="stable", targets=tuple(targets))


@pytest.mark.parametrize("rate", [25.0, 30.0, 60.0])
def test_a_sine_has_the_figures_that_calculus_gives_it(rate: float) -> None:
    figures = measure(sine, rate)
    root = math.sqrt(2)
    assert figures.seconds == pytest.approx(60)
    assert figures.rms_jerk == pytest.approx(AMPLITUDE * TURN**3 / root, rel=0.01)
    assert figures.rms_acceleration == pytest.approx(AMPLITUDE * TURN**2 / root, rel=0.01)
    assert figures.peak_speed == pytest.approx(AMPLITUDE * TURN, rel=0.01)
    assert figures.direction_changes_per_minute == pytest.approx(60 * TURN / math.pi, abs=1)
    assert figures.still_share == pytest.approx(math.asin(0.005 / AMPLITUDE / TURN) * 2 / math.pi, abs=0.01)
    assert figures.zoom_oscillations_per_minute == figures.edge_share == 0
    assert figures.wanted_distance is figures.players_in_view is figures.ball_in_view is None


def test_motion_up_and_down_counts_in_widths() -> None:
    def tilt(at: float) -> View:
        return View(0.5, 0.5 + AMPLITUDE * math.sin(TURN * at), 2.0)

    figures, across = measure(tilt, edges=Edges(aspect=16 / 9)), measure(sine)
    assert figures.rms_jerk == pytest.approx(across.rms_jerk * 9 / 16)
    assert figures.peak_speed == pytest.approx(across.peak_speed * 9 / 16)
    assert figures.direction_changes_per_minute == 0


def test_a_ramp_has_speed_and_nothing_else() -> None:
    figures = measure(lambda at: View(0.3 + 0.02 * at, 0.5, 2.0), seconds=10)
    assert figures.peak_speed == pytest.approx(0.02)
    assert figures.rms_jerk == pytest.approx(0, abs=1e-6)
    assert figures.rms_acceleration == pytest.approx(0, abs=1e-8)
    assert figures.still_share == figures.direction_changes_per_minute == 0


def test_a_constant_jerk_is_found_at_irregular_times() -> None:
    meter = QualityMeter(None)
    for number in range(400):
        at = number / 30 + 0.009 * math.sin(number * 7.7)
        meter.add(at, View(0.5 + 0.0002 * at**3, 0.5, 2.0), None, EDGES)
    assert meter.figures().rms_jerk == pytest.approx(6 * 0.0002, rel=1e-4)


def test_standing_with_numeric_noise_is_still() -> None:
    figures = measure(lambda at: View(0.5 + 1e-9 * math.sin(999 * at), 0.5, 2 + 1e-9 * math.cos(777 * at)))
    assert figures.still_share == pytest.approx(1)
    assert figures.direction_changes_per_minute == figures.zoom_oscillations_per_minute == 0


def test_a_zoom_that_moves_is_not_still() -> None:
    assert measure(lambda at: View(0.5, 0.5, 1 + at / 30), seconds=30).still_share == 0


@pytest.mark.parametrize("rate", [30.0, 60.0])
@pytest.mark.parametrize(("octaves", "reversals"), [(0.5, 23), (0.03, 0)])
def test_a_zoom_sawtooth_oscillates_where_it_is_large_enough_to_see(
    rate: float, octaves: float, reversals: int
) -> None:
    def saw(at: float) -> View:
        share = at / 5 % 1
        return View(0.5, 0.5, 2 ** (1 + octaves * (2 * share if share < 0.5 else 2 - 2 * share)))

    assert measure(saw, rate).zoom_oscillations_per_minute == pytest.approx(reversals)


def test_a_gap_and_a_repeated_or_earlier_time_are_no_jumps() -> None:
    meter = QualityMeter(None)
    for begins, center in ((0.0, 0.3), (10.0, 0.7), (20.0, 0.2)):
        for number in range(60):
            meter.add(begins + number / 30, View(center, 0.5, 2.0), None, EDGES)
            meter.add(begins + number / 30, View(0.5, 0.9, 1.0), None, EDGES)
            meter.add(begins, View(0.5, 0.9, 1.0), None, EDGES)
    figures = meter.figures()
    assert figures.rms_jerk == figures.peak_speed == 0
    assert figures.seconds == pytest.approx(3 * 59 / 30)


def test_a_source_of_another_shape_begins_a_new_path() -> None:
    meter = QualityMeter(None)
    for number in range(20):
        edges = Edges(aspect=16 / 9) if number < 10 else Edges(aspect=4 / 3)
        meter.add(number / 30, View(0.5, 0.5, 2.0), None, edges)
    assert meter.figures().rms_jerk == 0


def test_distance_of_the_wanted_centre_is_in_widths_and_of_the_time_in_which_one_was() -> None:
    meter = QualityMeter(None)
    for number in range(61):
        wanted = None if number > 30 else View(0.5 + 0.03, 0.5 + 0.04 * 16 / 9, 2.0)
        meter.add(number / 30, View(0.5, 0.5, 1.5), wanted, EDGES)
    assert meter.figures().wanted_distance == pytest.approx(0.05)


def test_the_edge_is_where_the_crop_may_go_no_further() -> None:
    edges = Edges(box=LimitBox(left=0.2))
    low, high = edges.across(2.0)
    half = measure(lambda at: View(low if at <= 5 else 0.6, 0.5, 2.0), seconds=10, edges=edges)
    assert low == pytest.approx(0.45)
    assert half.edge_share == pytest.approx(0.5, abs=0.01)
    assert measure(lambda at: View(high, 0.5, 2.0), seconds=1, edges=edges).edge_share == 1
    assert measure(lambda _: View(0.5, 0.25, 2.0), seconds=1).edge_share == 1
    assert measure(lambda _: View(0.5, 0.5, 1.0), seconds=1).edge_share == 0, "all is in view"


def test_what_was_seen_is_matched_with_the_picture_of_its_own_time() -> None:
    """The camera looks left for a second, then right: early, late and swapped updates find their picture."""
    left, right = (0.25, 0.5), (0.75, 0.5)
    meter = QualityMeter()
    meter.seen(sees(left, right, ball=right), 1.5)
    meter.seen(sees(left, ball=left), 0.5)
    for number in range(61):
        meter.add(number / 30, View(0.25 if number < 30 else 0.75, 0.5, 2.0), None, EDGES)
    meter.seen(sees(left, ball=right), 1.8)
    meter.seen(sees(left, left, ball=right), 0.2)
    figures = meter.figures()
    assert figures.players_in_view == pytest.approx(4 / 6)
    assert figures.ball_in_view == pytest.approx(3 / 4)


def test_the_crop_has_the_output_s_shape() -> None:
    edges = Edges(CropShape.fit(16 / 9, 9 / 16))
    meter = QualityMeter(None)
    meter.seen(sees((0.5, 0.05), (0.6, 0.5), ball=(0.8, 0.5)), 0.0)
    meter.add(0.0, View(0.5, 0.5, 1.0), None, edges)
    figures = meter.figures()
    assert figures.players_in_view == 1
    assert figures.ball_in_view == 0


def test_nobody_saw_what_lies_in_a_gap_or_too_far_back() -> None:
    meter = QualityMeter()
    meter.add(0.0, View(), None, EDGES)
    meter.seen(sees((0.5, 0.5)), 2.0)
    meter.seen(sees((0.5, 0.5)), math.nan)
    for number in range(200):
        meter.add(5.0 + number / 20, View(), None, EDGES)
    meter.seen(sees((0.5, 0.5)), 5.5)
    assert meter.figures().players_in_view is None


def test_a_detector_s_guess_is_no_sighting() -> None:
    meter = QualityMeter()
    lost = sees((0.5, 0.5), ball=(0.5, 0.5)).model_copy(update={"tracking_state": "lost"})
    meter.seen(lost, 0.0)
    meter.seen(TrackingUpdate(tracking_confidence=0.5, target_x=0.5), 0.0)
    meter.add(0.0, View(), None, EDGES)
    assert meter.figures().players_in_view is meter.figures().ball_in_view is None


def test_who_does_not_count_for_the_framing_does_not_count_here() -> None:
    meter = QualityMeter()
    left_half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    meter.goes_by(FramingOptions(region=left_half))
    meter.seen(sees((0.2, 0.5), (0.9, 0.5)), 0.0)
    meter.add(0.0, View(0.25, 0.5, 2.0), None, EDGES)
    assert meter.figures().players_in_view == 1


def test_an_empty_meter_has_figures_too() -> None:
    assert QualityMeter().figures() == CameraQuality()


def test_what_left_the_window_counts_no_more() -> None:
    def calm_at_last(at: float) -> View:
        return View(0.5 + (0.2 * math.sin(9 * at) if at < 100 else 0), 0.5, 2.0)

    figures = measure(calm_at_last, seconds=170, window=60)
    assert figures.rms_jerk == figures.peak_speed == 0
    assert 59 <= figures.seconds <= 60


def test_memory_is_bounded_by_the_window() -> None:
    meter = QualityMeter(5)
    for number in range(20_000):
        meter.seen(sees((0.5, 0.5)), number / 30 + 1e6)
        meter.add(number / 30, sine(number / 30), None, EDGES)
    assert len(meter._tallies._blocks) <= 5
    assert len(meter._sightings._views) <= 151
    assert len(meter._sightings._waiting) <= 4096


@dataclass(frozen=True)
class Picture:
    at: float
    view: View
    wanted: View | None


@st.composite
def passages(draw: st.DrawFn) -> list[Picture]:
    """A path at irregular times, with gaps and jumps."""
    steps = draw(st.lists(st.sampled_from([0.02, 0.033, 0.04, 0.3, 0.7, 2.2]), min_size=5, max_size=80))
    values = st.floats(0.25, 0.75)
    pictures, at = [], draw(st.floats(-5, 5))
    for step in steps:
        at += step
        wanted = draw(st.none() | st.builds(View, values, values, st.just(2.0)))
        pictures.append(Picture(at, View(draw(values), draw(values), draw(st.floats(1, 4))), wanted))
    return pictures


def recomputed(pictures: Sequence[Picture], window: int) -> dict[str, float]:
    """The figures of the definition, from all of the path: only steps that end in the window's blocks."""
    first = math.floor(pictures[-1].at) - window + 1
    seconds = still = wanted_time = wanted_squares = jerked = jerk_squares = peak = 0.0
    run: list[Picture] = []
    for before, now in pairwise(pictures):
        took = now.at - before.at
        run = [] if took > 0.5 else [*(run or [before]), now]
        if not run or math.floor(now.at) < first:
            continue
        seconds += took
        dx = now.view.center_x - before.view.center_x
        dy = (now.view.center_y - before.view.center_y) * 9 / 16
        speed = math.hypot(dx, dy) / took
        peak = max(peak, speed)
        if speed < 0.005 and abs(math.log2(now.view.zoom / before.view.zoom)) / took < 0.02:
            still += took
        if now.wanted is not None:
            wanted_time += took
            across = now.wanted.center_x - now.view.center_x
            down = (now.wanted.center_y - now.view.center_y) * 9 / 16
            wanted_squares += (across**2 + down**2) * took
        if len(run) >= 4:
            jerked += took
            x, y = (_third(run[-4:], axis) for axis in ("center_x", "center_y"))
            jerk_squares += (x * x + (y * 9 / 16) ** 2) * took
    return {
        "seconds": seconds,
        "peak_speed": peak,
        "still_share": still / seconds if seconds else 0.0,
        "rms_jerk": math.sqrt(jerk_squares / jerked) if jerked else 0.0,
        "wanted_distance": math.sqrt(wanted_squares / wanted_time) if wanted_time else math.nan,
    }


def _third(four: Sequence[Picture], axis: str) -> float:
    """Third derivative of the cubic through four points (Lagrange)."""
    total = 0.0
    for one in four:
        others = math.prod(one.at - other.at for other in four if other is not one)
        total += getattr(one.view, axis) / others
    return 6 * total


@settings(max_examples=60)
@given(passages(), st.integers(1, 8))
def test_the_sliding_window_is_the_same_as_counting_anew(pictures: list[Picture], window: int) -> None:
    meter = QualityMeter(window)
    for each in pictures:
        meter.add(each.at, each.view, each.wanted, EDGES)
    figures = meter.figures()
    for name, value in recomputed(pictures, window).items():
        got = getattr(figures, name)
        assert (got is None) if math.isnan(value) else got == pytest.approx(value, rel=1e-6, abs=1e-9), name


@settings(max_examples=40)
@given(st.permutations(range(30)), st.lists(st.floats(0, 1), min_size=30, max_size=30), st.data())
def test_the_order_in_which_updates_come_changes_nothing(
    order: list[int], places: list[float], data: st.DataObject
) -> None:
    """Each of 30 updates comes at some picture of three seconds, before or after its own."""
    when = {number: data.draw(st.integers(0, 90)) for number in order}
    meter, in_time = QualityMeter(), QualityMeter()
    for picture in range(91):
        for number in order:
            if when[number] == picture:
                meter.seen(sees((places[number], 0.5), ball=(places[number], 0.5)), number / 10)
            if number * 3 == picture:
                in_time.seen(sees((places[number], 0.5), ball=(places[number], 0.5)), number / 10)
        for each in (meter, in_time):
            each.add(picture / 30, sine(picture / 30), None, EDGES)
    assert meter.figures() == in_time.figures()
