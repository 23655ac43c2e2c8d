"""Updates in any order: the same wanted views, inside the edges, in the order of time."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.camera.framing.framing import LATE_SECONDS, MEMORY_SECONDS, Framing
from virtualptz.model import CropShape, Edges, FramingOptions, LimitBox, TrackingUpdate, View

from .scenes import Play, ball, team, thing, update

part = st.floats(0, 1)
things = st.builds(
    thing,
    part,
    part,
    st.sampled_from(["player", "person", "ball", "sports ball", "referee", "Player", "?"]),
    part,
    w=st.none() | part,
    h=st.sampled_from([0.1, 0, -1, "tall", math.nan, True, 1e300]),
)
MODES = [None, "follow_play", "follow_ball", "half_court_lock", "fast_break", "reacquire"]
PHASES = [None, "set_offense", "transition", "rebound", "deadball", "free_throw"]
wishes = st.fixed_dictionaries(
    {
        "tracking_confidence": st.sampled_from([0.1, 0.5, 0.9]),
        "tracking_state": st.sampled_from(["stable", "warning", "lost"]),
        "tracking_mode_hint": st.sampled_from(MODES),
        "play_phase": st.sampled_from(PHASES),
        "possession_side": st.sampled_from([None, "left", "right", "unknown"]),
        "ball_velocity_x": st.sampled_from([None, 0.0, 0.3, -1e300]),
        "fallback_active": st.booleans(),
        "occlusion_level": part,
        "target_x": st.none() | part,
        "target_zoom": st.none() | st.floats(1, 4),
    }
)
updates = st.builds(
    lambda fields, targets: update(targets, **fields), wishes, st.none() | st.lists(things, max_size=4)
)
times = st.integers(0, 60).map(lambda tenths: tenths / 10)
moments = st.dictionaries(times, updates, max_size=12).map(lambda found: sorted(found.items()))
"""Within LATE_SECONDS, no two of one time."""
options = st.builds(
    FramingOptions,
    max_zoom=st.sampled_from([1.0, 2.6, 4.0]),
    margin=st.sampled_from([0.0, 0.06, 0.4]),
    region=st.sampled_from(["", "0.2,0.2 0.8,0.2 0.8,0.9 0.2,0.9"]),
    return_seconds=st.sampled_from([0.0, 1.0]),
)
edges = st.builds(
    Edges,
    st.sampled_from([CropShape(), CropShape(0.5, 1.0), CropShape(1.0, 0.4)]),
    st.sampled_from([LimitBox(), LimitBox(left=0.3), LimitBox(left=0.1, top=0.5, right=0.6, bottom=0.8)]),
)
asked = st.lists(st.tuples(st.floats(-1, 8), st.floats(0, 4)), min_size=1, max_size=4)
"""Times, and from each how far is looked ahead."""


def told(moments: list[tuple[float, TrackingUpdate]], options: FramingOptions, edges: Edges) -> Framing:
    framing = Framing(options, View())
    framing.reshape(edges)
    for at, each in moments:
        framing.add(each, at)
    return framing


@settings(max_examples=50)
@given(moments, options, edges, asked)
def test_wanted_views_are_finite_inside_and_in_order(
    moments: list[tuple[float, TrackingUpdate]],
    options: FramingOptions,
    edges: Edges,
    asked: list[tuple[float, float]],
) -> None:
    framing = told(moments, options, edges)
    for at, ahead in asked:
        samples = framing.wanted(at - 2, at + ahead)
        for sample in samples:
            view = sample.view
            assert all(map(math.isfinite, (sample.at, view.center_x, view.center_y, view.zoom)))
            again = edges.clamp(view)
            assert (again.center_x, again.center_y) == pytest.approx(
                (view.center_x, view.center_y), abs=1e-12
            )
            assert again.zoom == pytest.approx(view.zoom)
        assert all(one.at < other.at for one, other in pairwise(samples))
        assert all(sample.at <= at + ahead for sample in samples)
        assert all(sample.at >= at - 2 for sample in samples[1:])


@settings(max_examples=50)
@given(moments, options, asked, st.randoms(use_true_random=False))
def test_any_order_of_arrival_wants_the_same(
    moments: list[tuple[float, TrackingUpdate]],
    options: FramingOptions,
    asked: list[tuple[float, float]],
    chance: random.Random,
) -> None:
    shuffled = list(moments)
    chance.shuffle(shuffled)
    framing = Framing(options, View())
    for at, each in shuffled:
        framing.add(each, at)
        framing.wanted(at - 2, at + chance.choice([0.0, 1.0]))
    in_order = told(moments, options, Edges())
    for at, ahead in asked:
        assert framing.wanted(at - 2, at + ahead) == in_order.wanted(at - 2, at + ahead)


@settings(max_examples=50)
@given(moments, options, asked)
def test_what_comes_later_than_is_asked_for_does_not_count(
    moments: list[tuple[float, TrackingUpdate]],
    options: FramingOptions,
    asked: list[tuple[float, float]],
) -> None:
    everything = told(moments, options, Edges())
    for at, ahead in asked:
        until = at + ahead
        known = told([moment for moment in moments if moment[0] <= until], options, Edges())
        assert everything.wanted(at - 2, until) == known.wanted(at - 2, until)


def test_moments_far_apart_are_the_same_whether_they_come_one_by_one_or_at_once() -> None:
    """What was the newest, and told by itself, has neighbours on both sides once another is known."""
    one_by_one, at_once = Play(), Play()
    for play in (one_by_one, at_once):
        for at, y in ((0.0, 0.9), (0.1, 0.1), (0.4, 0.1)):
            play.framing.add(update([thing(0.5, y)]), at)
            if play is one_by_one:
                play.path(0.0, at)
    assert one_by_one.path(0.0, 1.0) == at_once.path(0.0, 1.0)


def test_of_two_updates_of_one_time_the_last_counts() -> None:
    play = Play()
    play.framing.add(update(target_x=0.4, target_zoom=2), 1.0)
    play.framing.add(update(target_x=0.6, target_zoom=2), 1.0)
    assert play.now(1.0).view == View(0.6, 0.5, 2)


def test_before_the_first_sighting_nothing_is_wanted_and_then_it_from_the_start() -> None:
    play = Play(view=View(0.2, 0.5, 3))
    assert play.path() == []
    play.framing.add(update(target_x=0.6, target_zoom=2), 3.0)
    assert play.path(0.0, 2.9) == []
    assert [(each.at, each.view) for each in play.path(0.0, 3.0)] == [
        (0.0, View(0.6, 0.5, 2)),
        (3.0, View(0.6, 0.5, 2)),
    ]


def test_too_late_is_too_late() -> None:
    play = Play()
    play.framing.add(update(target_x=0.6, target_zoom=2), 100.0)
    play.framing.add(update(target_x=0.3, target_zoom=2), 100.0 - LATE_SECONDS - 0.1)
    assert {each.view.center_x for each in play.path(80.0, 100.0)} == {0.6}
    play.framing.add(update(target_x=0.3, target_zoom=2), 100.0 - LATE_SECONDS + 0.1)
    assert play.now(94.0).view.center_x == 0.3


def test_forgetting_changes_nothing() -> None:
    """A camera that was watched all along and one that was asked at the end agree."""
    watched, asked = Play(), Play()
    for number in range(600):
        x = 0.5 + 0.3 * math.sin(number / 20)
        for play in (watched, asked):
            play.roll(0.1, *team(x), ball(x + 0.05))
        assert len(watched.path(watched.at - 2, watched.at + 1)) <= 35
    assert watched.path(watched.at - 4) == asked.path(asked.at - 4)


def test_memory_is_bounded_whatever_comes() -> None:
    play = Play()
    for number in range(12000):
        play.framing.add(update(target_x=0.5), number / 1000)
        play.framing.add(update(tracking_state="lost", tracking_mode_hint="reacquire"), number / 1000)
    assert len(play.framing.wanted(-10, 20)) < 2500


def test_a_silence_of_an_hour_wants_no_more_samples_than_one_of_a_minute() -> None:
    play = Play()
    play.roll(1.0, *team(0.4))
    for second in (60, 3600):
        samples = play.framing.wanted(second - 2, second + 1)
        assert len(samples) <= 32
        assert samples[0].at <= second - 2
        assert {sample.reason for sample in samples} == {"wide"}


def test_new_edges_hold_at_once_and_for_what_was_known() -> None:
    play = Play()
    play.roll(3.0, *team(0.3), ball(0.3))
    play.framing.reshape(Edges(box=LimitBox(left=0.5)))
    assert all(each.view.center_x - 0.5 / each.view.zoom >= 0.5 - 1e-9 for each in play.path(0.0))


def test_samples_that_did_not_change_are_the_same_objects() -> None:
    """Policies keep what they made of them."""
    play = Play()
    play.roll(3.0, *team(0.3), ball(0.3))
    one = play.path(0.5, 3.0)
    two = play.path(0.5, 3.0)
    assert all(first is second for first, second in zip(one, two, strict=True))


def test_the_memory_is_longer_than_what_a_late_update_needs() -> None:
    assert MEMORY_SECONDS >= 2 * LATE_SECONDS
