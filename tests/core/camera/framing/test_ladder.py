"""Silence of the detector: predict, hold, ease to the wide view, ease back, each with its reason."""

from itertools import pairwise

import pytest

from virtualptz.model import Edges, LimitBox, Sample, View

from .scenes import Play, ball, roomy, team

OPTIONS = roomy()


def running(seconds: float = 2.0, speed: float = 0.15) -> Play:
    """Play that runs to the right and is at 0.5 when the detector falls silent."""
    play = Play()
    count = round(seconds * 10)
    for number in range(count):
        x = 0.5 - speed * (count - 1 - number) / 10
        play.roll(0.1, *team(x), ball(x))
    play.at -= 0.1
    return play


def reasons(samples: list[Sample]) -> list[str]:
    found: list[str] = []
    for sample in samples:
        if not found or found[-1] != sample.reason:
            found.append(sample.reason)
    return found


def test_every_rung_has_its_reason() -> None:
    play = running()
    silent = play.at
    assert reasons(play.path(silent, silent + 10)) == ["follow_play", "predict", "hold", "wide"]
    rungs = {0.3: "predict", 0.5: "predict", 0.7: "hold", 1.9: "hold", 2.1: "wide", 60.0: "wide"}
    for passed, reason in rungs.items():
        assert play.now(silent + passed).reason == reason


def test_a_prediction_goes_on_slows_down_and_ends() -> None:
    play = running()
    path = [sample.view.center_x for sample in play.path(play.at, play.at + 1.5)]
    steps = [later - earlier for earlier, later in pairwise(path)]
    assert 0.005 < steps[0] <= 0.015 + 1e-9
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(steps))
    assert steps[-1] == 0
    assert path[-1] - path[0] < 0.15 * 0.4


def test_what_stood_still_is_predicted_to_stand_still() -> None:
    play = Play()
    before = play.roll(2.0, *team(0.4), ball(0.4)).view
    assert play.now(play.at + 0.3).view.center_x == pytest.approx(before.center_x)


def test_a_wish_is_followed_and_not_extrapolated() -> None:
    play = Play()
    for x in (0.3, 0.4, 0.5):
        play.roll(0.1, target_x=x, target_y=0.5, target_zoom=2)
    assert play.now(play.at + 0.2) == Sample(play.now(play.at + 0.2).at, View(0.5, 0.5, 2), "target")
    assert play.now(play.at + 1.0).reason == "hold"


def test_a_long_silence_eases_to_the_wide_view() -> None:
    play = running()
    path = play.path(play.at + OPTIONS.hold_seconds, play.at + 8)
    zooms = [sample.view.zoom for sample in path]
    assert zooms == sorted(zooms, reverse=True)
    assert path[-1].view == View()
    half_way = play.now(play.at + OPTIONS.hold_seconds + OPTIONS.wide_seconds / 2).view.zoom
    assert 1.1 < half_way < zooms[0]
    assert max(earlier / later for earlier, later in pairwise(zooms)) < 1.1


def test_the_wide_view_is_that_of_the_limits_and_of_the_least_zoom() -> None:
    box = LimitBox(left=0.2, top=0.2, right=0.8, bottom=0.8)
    play = Play(edges=Edges(box=box))
    play.roll(1.0, *team(0.5))
    view = play.now(play.at + 20).view
    assert (view.center_x, view.center_y, view.zoom) == pytest.approx((0.5, 0.5, 1 / 0.6))
    play = Play(roomy(min_zoom=1.4))
    play.roll(1.0, *team(0.5))
    assert play.now(play.at + 20).view == View(0.5, 0.5, 1.4)


def test_play_that_comes_back_is_eased_in_on_and_the_zoom_comes_late() -> None:
    play = running()
    play.at += 10
    back = play.at
    play.roll(6.0, *team(0.3), ball(0.3))
    path = {round(sample.at - back, 1): sample for sample in play.path(back)}
    assert path[0.0].view == View()
    assert path[0.1].reason == path[0.9].reason == "return"
    assert path[1.1].reason == "follow_play"
    assert path[0.9].view.zoom == 1
    assert path[5.9].view.zoom > 1.5
    assert path[5.9].view.center_x == pytest.approx(0.3, abs=0.01)
    steps = [abs(one.view.center_x - other.view.center_x) for one, other in pairwise(path.values())]
    assert max(steps) < 0.05


def test_a_wish_that_comes_back_is_eased_in_on_too() -> None:
    play = Play()
    play.roll(1.0, target_x=0.3, target_y=0.5, target_zoom=3)
    play.at += 10
    back = play.at
    play.roll(2.0, target_x=0.7, target_y=0.5, target_zoom=3)
    path = {round(sample.at - back, 1): sample for sample in play.path(back)}
    assert (path[0.0].view, path[0.5].reason) == (View(), "return")
    assert path[0.3].view.zoom < 1.2
    assert path[1.5] == Sample(path[1.5].at, View(0.7, 0.5, 3), "target")


def test_a_short_silence_changes_nothing_once_its_end_is_known() -> None:
    play = running()
    play.at += 0.4
    play.roll(0.2, *team(0.55), ball(0.55))
    assert reasons(play.path(0.0, play.at - 0.1)) == ["follow_play"]


def test_a_silence_of_a_second_is_bridged_once_its_end_is_known() -> None:
    play = running(speed=0.0)
    silent = play.at
    play.at += 1.0
    play.roll(0.3, *team(0.6), ball(0.6))
    path = play.path(silent, silent + 1.0)
    assert reasons(path) == ["follow_play", "predict", "hold", "follow_play"]
    centers = [sample.view.center_x for sample in path]
    assert centers == sorted(centers)
    assert centers[0] == pytest.approx(0.5)
    assert centers[5] == pytest.approx(0.545, abs=0.01)
    assert centers[-1] == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize(
    "fields",
    [
        {"tracking_state": "lost", "target_x": 0.9},
        {"tracking_confidence": 0.1, "targets": team(0.9)},
        {"targets": []},
    ],
)
def test_updates_that_saw_nothing_are_silence(fields: dict[str, object]) -> None:
    silent, speaking = running(), running()
    at = speaking.at
    said = {key: value for key, value in fields.items() if key != "targets"}
    targets = fields.get("targets", [])
    assert isinstance(targets, list)
    speaking.tell(5.0, *targets, **said)
    assert speaking.path(at, at + 5) == silent.path(at, at + 5)


@pytest.mark.parametrize("state", ["lost", "stable"])
def test_a_detector_that_searches_gets_the_wide_view_sooner(state: str) -> None:
    play = running()
    silent = play.at
    play.at += 0.1
    play.roll(6.0, *team(0.5), tracking_state=state, tracking_mode_hint="reacquire")
    assert reasons(play.path(silent, silent + 5)) == ["follow_play", "predict", "reacquire"]
    assert play.now(silent + 1.5).view.zoom < 2.3
    assert play.now(silent + 5.0).view == View()


def test_a_search_that_ends_at_once_is_not_seen() -> None:
    play = running()
    at = play.at + 0.1
    play.roll(0.3, *team(0.5), tracking_mode_hint="reacquire")
    play.roll(0.3, *team(0.5), ball(0.5))
    assert reasons(play.path(0.0, play.at - 0.1)) == ["follow_play"]
    assert play.at > at


def test_before_anything_was_seen_a_search_moves_nothing() -> None:
    play = Play(view=View(0.4, 0.5, 2))
    play.tell(3.0, tracking_state="lost", tracking_mode_hint="reacquire")
    assert not play.framing.tracked
    assert play.path() == []


def test_the_times_are_options() -> None:
    play = Play(roomy(stale_seconds=0.2, hold_seconds=0.4, wide_seconds=1.0, return_seconds=0.5))
    play.roll(1.0, *team(0.4))
    last = play.at - 0.1
    for passed, reason in {0.15: "predict", 0.35: "hold", 0.55: "wide"}.items():
        assert play.now(last + passed).reason == reason
    assert play.now(last + 1.5).view == View()
    play.at += 5
    play.roll(0.6, *team(0.4))
    assert reasons(play.path(until=play.at - 0.1))[-3:] == ["wide", "return", "follow_play"]
