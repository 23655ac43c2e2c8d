"""What a shot holds, mode by mode."""

import math
from itertools import pairwise

import pytest

from virtualptz.model import CropShape, Edges

from .scenes import Play, ball, roomy, shows, shows_all, team, thing, update


def test_the_centre_is_half_ball_half_median_player() -> None:
    fixed = roomy(min_zoom=2, max_zoom=2)
    view = Play(fixed).roll(1.0, *team(0.4), ball(0.5)).view
    assert view.zoom == 2
    assert view.center_x == pytest.approx(0.45)


def test_without_a_ball_the_players_alone_tell() -> None:
    sample = Play().roll(1.0, *team(0.4))
    assert sample.view.center_x == pytest.approx(0.4)
    assert sample.reason == "follow_play"


def test_a_ball_that_disappears_is_left_gradually() -> None:
    play = Play(roomy(min_zoom=2, max_zoom=2))
    centers = [play.roll(2.0, *team(0.4), ball(0.5)).view.center_x]
    centers += [play.roll(0.1, *team(0.4)).view.center_x for _ in range(15)]
    assert centers[0] == pytest.approx(0.45)
    assert centers[-1] == pytest.approx(0.4)
    assert all(0 <= one - other < 0.008 for one, other in pairwise(centers))


def test_the_shot_holds_players_and_ball_with_a_margin() -> None:
    view = Play().roll(1.0, *team(0.4, 1.5), ball(0.6)).view
    half = 0.5 / view.zoom
    assert view.center_x - half < 0.4 - 0.15 - 0.01
    assert view.center_x + half > 0.6 + 0.01
    assert 1.5 < view.zoom < 2.6


def test_the_closer_the_players_the_closer_the_shot_within_its_zooms() -> None:
    zooms = [Play().roll(1.0, *team(0.5, spread)).view.zoom for spread in (0.5, 1.5, 2.5, 5.0)]
    assert zooms == sorted(zooms, reverse=True)
    assert zooms[0] == roomy().max_zoom
    assert Play(roomy(max_zoom=1.8)).roll(1.0, *team(0.5, 0.5)).view.zoom == 1.8
    assert Play(roomy(min_zoom=1.2)).roll(1.0, *team(0.5, 5.0)).view.zoom == 1.2


def test_a_straggler_widens_no_shot_and_a_few_of_them_do() -> None:
    most = [thing(x) for x in (0.28, 0.29, 0.3, 0.31, 0.32, 0.33, 0.34, 0.35)]
    alone = Play().roll(1.0, *most, thing(0.9)).view
    assert alone.zoom == roomy().max_zoom
    assert not shows(alone, (0.9, 0.5))
    together = Play().roll(1.0, *most, thing(0.68), thing(0.7), thing(0.72)).view
    assert shows_all(together, [(0.28, 0.5), (0.7, 0.5)])


def test_heads_have_room_above_them() -> None:
    crowd = [
        thing(x, 0.4 + 0.05 * number, w=0.02, h=0.1) for number, x in enumerate((0.48, 0.5, 0.5, 0.52, 0.5))
    ]
    view = Play(roomy(headroom=0.2)).roll(1.0, *crowd).view
    height = 1 / view.zoom
    assert 0.35 - (view.center_y - height / 2) >= 0.2 * height - 1e-9


def test_a_narrow_crop_keeps_its_aspect_and_still_holds_the_play() -> None:
    edges = Edges(CropShape(width=0.4, height=1.0))
    view = Play(edges=edges).roll(1.0, *team(0.5)).view
    assert 0.4 / view.zoom > 0.2
    assert view.center_x == pytest.approx(0.5)


@pytest.mark.parametrize("cls", ["referee", "coach", "bench", "chair"])
def test_other_classes_say_nothing(cls: str) -> None:
    plain = Play().roll(1.0, *team(0.4))
    assert Play().roll(1.0, *team(0.4), thing(0.9, 0.9, cls), thing(0.95, 0.9, cls)) == plain
    assert not _says_anything(thing(0.9, 0.9, cls))


@pytest.mark.parametrize("cls", ["player", "Person", "ball", "sports ball"])
def test_what_players_and_balls_are_called(cls: str) -> None:
    assert _says_anything(thing(0.5, 0.5, cls))


def _says_anything(target: dict[str, object]) -> bool:
    play = Play()
    play.framing.add(update([target]), 0.0)
    return play.framing.tracked


def test_whom_the_detector_hardly_saw_does_not_count() -> None:
    plain = Play().roll(1.0, *team(0.4))
    ghosts = [thing(0.9, 0.5, confidence=0.2) for _ in range(12)]
    assert Play().roll(1.0, *team(0.4), *ghosts) == plain
    loose = roomy(min_confidence=0.1)
    assert Play(loose).roll(1.0, *team(0.4), *ghosts).view.center_x > 0.5


def test_the_detectors_wish_is_followed_where_it_names_no_targets() -> None:
    sample = Play().roll(0.1, target_x=0.3, target_y=0.6, target_zoom=3.5)
    assert (sample.view.center_x, sample.view.center_y, sample.view.zoom) == (0.3, 0.6, 3.5)
    assert sample.reason == "target"


def test_a_wish_for_one_thing_leaves_the_others() -> None:
    play = Play()
    play.roll(0.1, target_x=0.3, target_y=0.6, target_zoom=3)
    view = play.roll(0.1, target_x=0.4).view
    assert (view.center_x, view.center_y, view.zoom) == (0.4, 0.6, 3)


def test_where_there_are_targets_they_decide_and_not_the_wish() -> None:
    sample = Play().roll(1.0, *team(0.4), target_x=0.9, target_zoom=4.0)
    assert sample.view.center_x == pytest.approx(0.4)
    assert sample.reason == "follow_play"


@pytest.mark.parametrize(
    "fields", [{"tracking_state": "lost"}, {"tracking_confidence": 0.2}, {"targets": []}, {"targets": None}]
)
def test_a_detector_that_lost_the_play_says_nothing(fields: dict[str, object]) -> None:
    play = Play()
    play.framing.add(update(**{"targets": team(0.4), **fields}), 0.0)  # type: ignore[arg-type]
    assert not play.framing.tracked


def test_follow_ball_is_nearer_to_the_ball_than_follow_play() -> None:
    centers = [
        Play().roll(1.0, *team(0.4, 0.5), ball(0.5), tracking_mode_hint=mode).view.center_x
        for mode in ("follow_play", "follow_ball")
    ]
    assert 0.4 < centers[0] < centers[1] <= 0.5


def test_a_fast_break_leads_and_is_wider() -> None:
    def run(mode: str) -> Play:
        play = Play()
        for number in range(20):
            x = 0.3 + 0.02 * number
            play.roll(0.1, *team(x), ball(x + 0.05), tracking_mode_hint=mode)
        return play

    usual, quick = (run(mode).path()[-1].view for mode in ("follow_play", "fast_break"))
    assert quick.center_x > usual.center_x + 0.01
    assert quick.zoom < usual.zoom


def test_there_is_room_in_the_direction_of_play() -> None:
    def room_ahead(lead: float) -> float:
        play = Play(roomy(lead_seconds=lead, max_zoom=4))
        for number in range(20):
            play.roll(0.1, *team(0.3 + 0.02 * number, 0.8), ball(0.4 + 0.02 * number))
        view = play.path()[-1].view
        return view.center_x + 0.5 / view.zoom - 0.78

    assert room_ahead(0.4) > room_ahead(0.0) + 0.03


def test_a_stated_ball_velocity_is_believed_within_bounds() -> None:
    views = [
        Play().roll(1.0, *team(0.3), ball(0.4), ball_velocity_x=speed).view
        for speed in (0.0, 0.3, 1e300, -1e300)
    ]
    right = [view.center_x + 0.5 / view.zoom for view in views]
    assert right[0] < right[1] <= right[2] < 0.4 + 0.12 + 0.15
    assert views[3].center_x > 0.2


def test_half_court_lock_keeps_to_the_half() -> None:
    others = [thing(x) for x in (0.75, 0.8)]
    view = Play().roll(2.0, *team(0.25)[:8], *others, ball(0.3), tracking_mode_hint="half_court_lock").view
    assert view.center_x + 0.5 / view.zoom < 0.75


@pytest.mark.parametrize(("x", "basket"), [(0.3, 0.1), (0.7, 0.9)])
def test_half_court_lock_shows_the_end_where_the_basket_is(x: float, basket: float) -> None:
    scene = (*team(x, 0.5), ball(x))
    assert not shows(Play(roomy(max_zoom=4)).roll(1.0, *scene).view, (basket, 0.5))
    view = Play(roomy(max_zoom=4)).roll(1.0, *scene, tracking_mode_hint="half_court_lock").view
    assert shows_all(view, [(basket, 0.5), (x, 0.5)])


def test_half_court_lock_stands_still_while_play_moves_a_little() -> None:
    play = Play()
    play.roll(2.0, *team(0.25), ball(0.25), tracking_mode_hint="half_court_lock")
    views = [
        play.roll(
            0.1,
            *team(0.25 + 0.01 * math.sin(n), 1),
            ball(0.25 + 0.03 * math.sin(n)),
            tracking_mode_hint="half_court_lock",
        ).view
        for n in range(40)
    ]
    assert len({(view.center_x, view.zoom) for view in views}) == 1


def test_half_court_lock_does_not_flap_at_midcourt() -> None:
    """Play to and fro over the middle, with players spread to both sides of it."""

    def swings(mode: str, reach: float) -> int:
        play = Play()
        sides = []
        for number in range(160):
            x = 0.5 + reach * math.sin(number * 0.08)
            crowd = [
                thing(0.5 + off) for off in (-0.2, -0.18, -0.17, -0.16, -0.15, 0.15, 0.16, 0.17, 0.18, 0.2)
            ]
            sides.append(play.roll(0.1, *crowd, ball(x), tracking_mode_hint=mode).view.center_x > 0.5)
        return sum(one != other for one, other in pairwise(sides))

    assert swings("half_court_lock", 0.05) == 0
    assert swings("half_court_lock", 0.3) >= 2


@pytest.mark.parametrize(("side", "left"), [("left", True), ("right", False)])
def test_at_midcourt_the_half_that_is_attacked_is_shown(side: str, left: bool) -> None:
    crowd = [thing(0.5 + off) for off in (-0.2, -0.18, -0.16, -0.14, 0.14, 0.16, 0.18, 0.2)]
    view = (
        Play().roll(1.0, *crowd, ball(0.5), tracking_mode_hint="half_court_lock", possession_side=side).view
    )
    assert shows(view, (0.3, 0.5)) is left
    assert shows(view, (0.7, 0.5)) is not left


@pytest.mark.parametrize("phase", ["free_throw", "deadball"])
def test_while_the_ball_is_dead_the_shot_is_wider_and_stands(phase: str) -> None:
    def view(phase: str | None) -> tuple[float, float]:
        play = Play()
        play.roll(2.0, *team(0.4, 1.5), ball(0.4), play_phase=phase)
        shown = play.roll(0.1, *team(0.41, 1.5), ball(0.43), play_phase=phase).view
        return shown.center_x, shown.zoom

    (still, wider), (moved, closer) = view(phase), view(None)
    assert wider < closer
    assert still < moved


@pytest.mark.parametrize(
    "doubt", [{"fallback_active": True}, {"occlusion_level": 0.9}, {"tracking_confidence": 0.35}]
)
def test_doubt_widens_the_shot_but_never_beyond_what_the_players_need(doubt: dict[str, object]) -> None:
    behind = [*team(0.4), thing(0.85)]
    sure = Play().roll(2.0, *behind, ball(0.4)).view.zoom
    unsure = Play().roll(2.0, *behind, ball(0.4), **doubt).view.zoom
    assert unsure < sure * 0.95
    everybody = team(0.4)
    assert Play().roll(2.0, *everybody, ball(0.4), **doubt).view.zoom == sure


def test_one_alone_is_not_shown_as_close_as_can_be() -> None:
    for scene in ([thing(0.5)], [ball(0.5)]):
        view = Play(roomy(max_zoom=4)).roll(3.0, *scene).view
        assert view.zoom < 3
        assert shows(view, (0.5, 0.5))
