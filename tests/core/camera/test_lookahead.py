import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.camera.policies.lookahead import Lookahead, LookaheadOptions
from virtualptz.model import CropShape, Edges, LimitBox, Sample, Speed, View

OPTIONS = LookaheadOptions()
FRAME = Edges()
DETECTIONS = 10

Target = Callable[[float], View]


def path(
    target: Target,
    seconds: float,
    fps: float = 30.0,
    lookahead: float = 1.0,
    options: LookaheadOptions = OPTIONS,
    edges: Edges = FRAME,
) -> list[View]:
    """Of a target that is seen ten times a second, from where it is at first."""
    policy = Lookahead(options.model_copy(update={"lookahead": lookahead}))
    samples = [Sample(number / DETECTIONS, target(number / DETECTIONS)) for number in range(600)]
    policy.reset(target(0.0), 0.0)
    views = []
    for number in range(round(seconds * fps)):
        at = number / fps
        known = [each for each in samples if at - 2.1 < each.at <= at + lookahead + 1e-9]
        views.append(policy.step(at, known, edges))
    return views


def manual(
    start: View, goals: Sequence[tuple[float, View]], seconds: float, edges: Edges = FRAME, fps: float = 60.0
) -> list[View]:
    """Of somebody who names a place now and then."""
    policy = Lookahead(OPTIONS)
    policy.reset(start, 0.0)
    views = []
    for number in range(round(seconds * fps)):
        at = number / fps
        known = [Sample(since, view, "manual") for since, view in goals if since <= at]
        views.append(policy.step(at, known[-1:], edges))
    return views


def xs(views: Sequence[View]) -> list[float]:
    return [view.center_x for view in views]


def rates(values: Sequence[float], fps: float) -> list[float]:
    return [(later - earlier) * fps for earlier, later in pairwise(values)]


def swing(at: float) -> View:
    return View(0.5 + 0.2 * math.sin(at), 0.5 + 0.1 * math.cos(at), 2.5 + 0.5 * math.sin(at / 2))


def test_it_goes_where_a_person_says_without_swinging_past() -> None:
    views = manual(View(0.3, 0.4, 2.0), [(0.5, View(0.7, 0.6, 3.0)), (4.0, View(0.5, 0.5, 2.5))], 8.0)
    before, after = views[: 4 * 60], views[4 * 60 :]
    assert max(earlier - later for earlier, later in pairwise(xs(before))) < 1e-4
    assert max(xs(before)) <= 0.7 + 1e-4
    assert abs(before[round(2.6 * 60)].center_x - 0.7) < 0.01
    assert before[-1].center_x == pytest.approx(0.7, abs=1e-3)
    assert before[-1].zoom == pytest.approx(3.0, rel=0.02)
    assert min(xs(after)) >= 0.5 - 1e-4
    assert after[-1].center_x == pytest.approx(0.5, abs=1e-3)


def test_a_new_place_in_mid_pan_is_no_jolt() -> None:
    views = manual(View(0.25, 0.5, 2.0), [(0.0, View(0.75, 0.5, 2.0)), (0.9, View(0.3, 0.5, 2.0))], 6.0)
    pushes = rates(rates(xs(views), 60), 60)
    assert max(map(abs, pushes)) <= OPTIONS.max_acceleration * 1.02
    assert views[-1].center_x == pytest.approx(0.3, abs=1e-3)


def test_at_rest_it_stays_to_the_bit() -> None:
    views = manual(View(0.3, 0.5, 2.0), [(0.0, View(0.6, 0.5, 2.0))], 12.0)
    assert len(set(views[-100:])) == 1
    assert views[-1].center_x == pytest.approx(0.6, abs=1e-6)


def test_it_moves_before_the_target_does() -> None:
    views = path(lambda at: View(0.4 if at < 3 else 0.6, 0.5, 2.0), 6.0)
    assert views[round(2.8 * 30)].center_x > 0.41
    assert max(xs(views)) < 0.601
    assert min(xs(views)) > 0.399


def test_knowing_the_future_it_follows_without_lag() -> None:
    views = path(swing, 12.0)
    late = [abs(view.center_x - swing(n / 30).center_x) for n, view in enumerate(views) if n > 60]
    assert max(late) < 0.012


@pytest.mark.parametrize("lookahead", [0.0, 0.2, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("weight", [1e-8, 1e-4, 1.0, 10.0])
def test_any_window_and_any_weight_is_stable(lookahead: float, weight: float) -> None:
    options = LookaheadOptions(jerk_weight=weight, zoom_jerk_weight=weight)
    views = path(swing, 40.0, fps=10.0, lookahead=lookahead, options=options)
    assert all(0.2 < view.center_x < 0.8 for view in views)
    tail = xs(views[100:])
    assert max(tail) - min(tail) < 0.6


@pytest.mark.parametrize("lookahead", [0.2, 1.0, 5.0])
def test_the_frame_rate_makes_no_difference(lookahead: float) -> None:
    slow, fast = path(swing, 8.0, 30.0, lookahead), path(swing, 8.0, 60.0, lookahead)[::2]
    apart = [a - b for a, b in zip(xs(slow), xs(fast), strict=True)]
    assert math.hypot(*apart) / math.sqrt(len(apart)) < 0.4 * 0.01
    zooms = [abs(math.log2(a.zoom / b.zoom)) for a, b in zip(slow, fast, strict=True)]
    assert max(zooms) < 0.01


def test_the_same_again_after_a_reset_and_in_a_fresh_one() -> None:
    edges = Edges(box=LimitBox(left=0.1, right=0.75))

    def once(policy: Lookahead) -> list[View]:
        policy.reset(View(0.4, 0.5, 2.0), 0.0)
        samples = [Sample(n / 10, edges.clamp(swing(3 * n / 10))) for n in range(80)]
        return [policy.step(n / 30, samples[: n // 3 + 10], edges) for n in range(200)]

    policy = Lookahead(OPTIONS)
    assert once(policy) == once(policy) == once(Lookahead(OPTIONS))


def test_one_outlier_at_the_end_of_what_is_known_moves_nothing() -> None:
    policy = Lookahead(LookaheadOptions(lookahead=0.0))
    policy.reset(View(0.5, 0.5, 2.0), 0.0)
    far = [Sample(n / 10, View(0.7 if n == 30 else 0.5, 0.5, 2.0)) for n in range(60)]
    views = [policy.step(n / 30, far[: n // 3 + 1], FRAME) for n in range(180)]
    assert max(xs(views)) < 0.502


def test_a_speed_that_is_handed_over_goes_on() -> None:
    policy = Lookahead(OPTIONS)
    policy.reset(View(0.4, 0.5, 2.0), 0.0, Speed(x=0.2))
    ahead = [Sample(n / 10, View(0.4 + 0.02 * n, 0.5, 2.0)) for n in range(11)]
    step = policy.step(1 / 30, ahead, FRAME).center_x - 0.4
    assert step * 30 == pytest.approx(0.2, rel=0.02)


def test_out_to_the_whole_frame_along_its_edge() -> None:
    """The room to the sides shrinks while the camera zooms out: no corner where it meets the edge."""
    views = manual(View(0.85, 0.7, 3.5), [(0.0, View(0.5, 0.5, 1.0))], 6.0)
    assert all(view == FRAME.clamp(view) for view in views)
    pushes = rates(rates(xs(views), 60), 60)
    assert max(map(abs, pushes)) <= OPTIONS.max_acceleration * 1.1
    assert views[-1].zoom == pytest.approx(1.0, abs=1e-3)


def test_edges_that_move_in_take_the_camera_along() -> None:
    policy = Lookahead(OPTIONS)
    policy.reset(View(0.8, 0.5, 2.5), 0.0, Speed(x=0.3))
    box = Edges(box=LimitBox(right=0.7))
    wanted = [Sample(0.0, box.clamp(View(0.8, 0.5, 2.5)))]
    views = [policy.step(n / 30, wanted, box if n > 3 else FRAME) for n in range(90)]
    assert all(view == box.clamp(view) for view in views[4:])
    assert views[-1].center_x == pytest.approx(box.across(2.5)[1], abs=1e-4)


samples = st.builds(
    Sample,
    st.floats(-3, 8),
    st.builds(View, st.floats(0, 1), st.floats(0, 1), st.floats(1, 4)),
)
all_edges = st.builds(
    Edges,
    st.builds(CropShape, st.floats(0.3, 1), st.floats(0.3, 1)),
    st.sampled_from([LimitBox(), LimitBox(left=0.2, top=0.1, right=0.7, bottom=0.9)]),
)


@settings(max_examples=40)
@given(st.lists(samples, min_size=1, max_size=30), all_edges, st.sampled_from([0.0, 0.2, 1.0, 5.0]))
def test_whatever_is_wanted_it_stays_inside_and_within_its_limits(
    wishes: list[Sample], edges: Edges, lookahead: float
) -> None:
    wishes = sorted((Sample(each.at, edges.clamp(each.view)) for each in wishes), key=lambda each: each.at)
    policy = Lookahead(LookaheadOptions(lookahead=lookahead))
    policy.reset(wishes[0].view, 0.0)
    views = []
    for number in range(180):
        at = number / 30
        known = [each for each in wishes if each.at <= at + lookahead]
        views.append(policy.step(at, known, edges))
    assert all(view == edges.clamp(view) for view in views)
    octaves = [math.log2(view.zoom) for view in views]
    speeds, zoom_speeds = rates(xs(views), 30), rates(octaves, 30)
    assert max(map(abs, speeds)) <= OPTIONS.max_speed * 1.02
    assert max(map(abs, zoom_speeds)) <= OPTIONS.max_zoom_speed * 1.02
    assert max(map(abs, rates(zoom_speeds, 30))) <= OPTIONS.max_zoom_acceleration * 1.02


places = st.builds(View, st.floats(0, 1), st.floats(0, 1), st.floats(1, 4)).map(FRAME.clamp)


@settings(max_examples=25)
@given(places, st.lists(st.tuples(st.floats(0, 6), places), min_size=1, max_size=8))
def test_whoever_steers_however_wildly_the_limits_hold(start: View, goals: list[tuple[float, View]]) -> None:
    views = manual(start, sorted(goals, key=lambda goal: goal[0]), 7.0)
    for values, speed, push in (
        (xs(views), OPTIONS.max_speed, OPTIONS.max_acceleration),
        ([view.center_y for view in views], OPTIONS.max_speed, OPTIONS.max_acceleration),
        ([math.log2(view.zoom) for view in views], OPTIONS.max_zoom_speed, OPTIONS.max_zoom_acceleration),
    ):
        speeds = rates(values, 60)
        assert max(map(abs, speeds)) <= speed * 1.01
        assert max(map(abs, rates(speeds, 60))) <= push * 1.05


@settings(max_examples=40)
@given(st.lists(st.floats(0, 700), min_size=1, max_size=30), st.lists(samples, min_size=1, max_size=10))
def test_irregular_pictures_and_long_gaps_leave_a_finite_view(
    times: list[float], wishes: list[Sample]
) -> None:
    policy = Lookahead(OPTIONS)
    policy.reset(View(0.5, 0.5, 2.0), 0.0)
    known = sorted(wishes, key=lambda each: each.at)
    for at in sorted(times):
        view = policy.step(at, known, FRAME)
        assert view == FRAME.clamp(view)
        assert all(map(math.isfinite, (view.center_x, view.center_y, view.zoom)))
