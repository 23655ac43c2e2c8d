"""The polygon in which players count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from virtualptz.errors import ConfigError
from virtualptz.model import FramingOptions
from virtualptz.model.region import contains
from virtualptz.settings import load_settings

from .scenes import Play, ball, shows, team, thing

COURT = "0.1,0.3 0.9,0.3 0.95,0.95 0.05,0.95"


def test_it_is_read_from_text_and_from_json() -> None:
    options = FramingOptions.model_validate({"region": COURT})
    assert options.region == ((0.1, 0.3), (0.9, 0.3), (0.95, 0.95), (0.05, 0.95))
    assert FramingOptions.model_validate({"region": "0.1,0.3;0.9,0.3; 0.5,0.9"}).region[2] == (0.5, 0.9)
    assert FramingOptions.model_validate_json(options.model_dump_json()) == options
    assert FramingOptions.model_validate({"region": ""}).region == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.1,0.1 0.9,0.9", "at least 3 corners, not 2"),
        ("0.1,0.1 0.9,0.1 0.5", "two numbers as in 0.1,0.3, not '0.5'"),
        ("0.1,0.1 0.9,0.1 0.5,high", "not '0.5,high'"),
        ("0.1,0.1 1.2,0.1 0.5,0.9", "1.2,0.1 is outside the picture"),
        ("0.1,0.1 nan,0.1 0.5,0.9", "outside the picture"),
        ("0.1,0.1 0.9,0.9 0.9,0.1 0.1,0.9", "crosses"),
        ("0.1,0.1 0.9,0.1 0.5,0.1 0.5,0.9", "crosses"),
        ("0.1,0.1 0.5,0.5 0.9,0.9", "no area"),
        ("0.1,0.1 0.1,0.1 0.1,0.1", "no area"),
    ],
)
def test_what_is_no_region_says_why(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FramingOptions.model_validate({"region": text})


def test_the_agent_says_which_setting_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_FRAMING_REGION", "0.1,0.1 0.9,0.9")
    with pytest.raises(ConfigError, match=r"RUNNER_FRAMING_REGION: .*at least 3 corners"):
        load_settings()
    monkeypatch.setenv("RUNNER_FRAMING_REGION", COURT)
    assert len(load_settings().framing_options({}).region) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_zoom": 2, "max_zoom": 1.5}, "min_zoom 2 is above max_zoom 1.5"),
        ({"stale_seconds": 3, "hold_seconds": 2}, "more than hold_seconds 2"),
    ],
)
def test_options_that_contradict_each_other_say_so(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FramingOptions.model_validate(options)


@settings(max_examples=60)
@given(st.floats(0, 1), st.floats(0, 1))
def test_inside_a_convex_polygon_is_to_the_right_of_all_its_sides(x: float, y: float) -> None:
    corners = FramingOptions.model_validate({"region": COURT}).region
    turns = [
        (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True)
    ]
    if all(abs(turn) > 1e-9 for turn in turns):
        assert contains(corners, x, y) is all(turn > 0 for turn in turns)


def test_a_notch_is_outside() -> None:
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.2), (0.0, 1.0))
    assert contains(corners, 0.1, 0.7)
    assert not contains(corners, 0.5, 0.7)


def test_bench_and_crowd_do_not_count_by_their_feet() -> None:
    options = FramingOptions.model_validate({"region": COURT})
    plain = Play(options).roll(1.0, *team(0.4, y=0.6))
    crowd = [thing(0.8, 0.22, w=0.02, h=0.1) for _ in range(15)]
    assert Play(options).roll(1.0, *team(0.4, y=0.6), *crowd) == plain
    assert Play().roll(1.0, *team(0.4, y=0.6), *crowd) != plain
    tall = [thing(0.6, 0.28, w=0.02, h=0.1) for _ in range(5)]
    assert Play(options).roll(1.0, *team(0.4, y=0.6), *tall) != plain


def test_where_only_the_crowd_is_seen_nothing_is() -> None:
    play = Play(FramingOptions.model_validate({"region": COURT}))
    play.tell(1.0, thing(0.5, 0.1), target_x=0.9)
    assert not play.framing.tracked


def test_a_ball_in_the_air_counts_and_one_beside_the_court_does_not() -> None:
    options = FramingOptions.model_validate({"region": COURT})
    plain = Play(options).roll(1.0, *team(0.4, y=0.6))
    assert Play(options).roll(1.0, *team(0.4, y=0.6), ball(0.45, 0.2)) != plain
    assert Play(options).roll(1.0, *team(0.4, y=0.6), ball(0.02, 0.5)) == plain
    assert Play(options).roll(1.0, *team(0.4, y=0.6), ball(0.45, 0.98)) == plain


def test_midcourt_is_the_regions_middle() -> None:
    options = FramingOptions.model_validate({"region": "0.0,0.0 0.6,0.0 0.6,1.0 0.0,1.0"})
    crowd = [thing(x) for x in (0.1, 0.12, 0.14, 0.16, 0.5, 0.52, 0.54, 0.56)]
    view = (
        Play(options)
        .roll(1.0, *crowd, ball(0.45), tracking_mode_hint="half_court_lock", possession_side="right")
        .view
    )
    assert not shows(view, (0.16, 0.5))
