import json
from fractions import Fraction
from pathlib import Path

import pytest

from virtualptz.camera.decision_lines import Start
from virtualptz.camera.replay.log import read_log
from virtualptz.camera.replay.path import Path as Kept
from virtualptz.camera.replay.run import Replay, replay
from virtualptz.camera.replay.spec import Choice, ReplaySpec, SourceShape, Window
from virtualptz.errors import ConfigError, PluginError
from virtualptz.model import CropShape, Edges, FramingOptions

from .logs import BASE, build, foreign, live_match, play, read, seen, views


@pytest.fixture
def match(tmp_path: Path) -> Path:
    return foreign(tmp_path / "match.jsonl")


def run(match: Path, **spec: object) -> Replay:
    return play(read_log(match), ReplaySpec(**spec))  # type: ignore[arg-type]


def test_somebody_elses_log_is_a_path(match: Path) -> None:
    found = run(match)
    pictures = found.path.pictures
    assert [picture.at for picture in pictures] == [number / 30 for number in range(241)]
    assert {picture.policy for picture in pictures} == {"spring"}
    assert {picture.holder for picture in pictures} == {"auto"}
    center = [picture.view.center_x for picture in pictures]
    assert max(center) > 0.6
    assert found.quality.seconds == pytest.approx(8.0)
    assert found.quality.ball_in_view == pytest.approx(1.0, abs=0.2)
    assert found.problem is None


def test_twice_is_the_same_to_the_bit(match: Path) -> None:
    spec = {"choice": Choice("lookahead", 1.0)}
    first, second = run(match, **spec), run(match, **spec)
    assert views(first.path.pictures) == views(second.path.pictures)
    assert first.quality == second.quality


def test_a_look_ahead_that_is_named_is_in_the_name(match: Path) -> None:
    assert run(match, choice=Choice("lookahead", 0.5)).name == "lookahead@0.5"
    assert run(match, choice=Choice("lookahead")).name == "lookahead"
    assert run(match, choice=Choice("auto")).policy == "lookahead"
    assert run(match, choice=Choice("auto", 0.0)).policy == "spring"


def test_look_ahead_knows_what_has_not_happened_yet(match: Path) -> None:
    def furthest_behind(choice: Choice) -> float:
        pictures = [picture for picture in run(match, choice=choice).path.pictures if picture.at > 2]
        return max(
            abs(picture.view.center_x - picture.wanted.center_x) for picture in pictures if picture.wanted
        )

    assert furthest_behind(Choice("lookahead", 1.0)) < 0.5 * furthest_behind(Choice("spring", 0.0))


def test_an_update_counts_from_its_arrival_on(match: Path) -> None:
    spec = {"choice": Choice("deadband", 0.0), "fps": Fraction(10)}
    prompt, slow = run(match, **spec).path.pictures, run(match, **spec, latency=0.5).path.pictures
    assert prompt[0].wanted is not None
    assert [picture.wanted for picture in slow[:5]] == [None] * 5
    assert slow[5].wanted is not None
    ahead = run(match, choice=Choice("deadband", 0.5), fps=Fraction(10), latency=0.5).path.pictures
    assert ahead[0].wanted is not None


def test_options_of_the_policy_and_of_the_framing(match: Path) -> None:
    slow = run(match, options={"max_speed": "0.01"}, framing={"max_zoom": "1.2"})
    assert slow.quality.peak_speed < 0.02
    assert max(picture.view.zoom for picture in slow.path.pictures) <= 1.2001
    assert slow.options == {"max_speed": "0.01"}
    assert slow.framing.max_zoom == 1.2


def test_logged_options_hold_unless_others_are_asked_for(tmp_path: Path, match: Path) -> None:
    begins = Start(policy="spring", policy_options={"spring": {"max_speed": "0.01", "frequency": "3"}})
    path = tmp_path / "own.jsonl"
    path.write_text(begins.model_dump_json() + "\n" + match.read_text())
    assert run(path).options == {"max_speed": "0.01", "frequency": "3"}
    assert run(path, options={"max_speed": "0.02"}).options == {"max_speed": "0.02", "frequency": "3"}
    assert run(path, choice=Choice("deadband")).options == {}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"choice": Choice("spirng")}, "spirng"),
        ({"options": {"stiffness": "3"}}, "stiffness"),
        ({"framing": {"zoom": "3"}}, "no option zoom; there are: min_zoom"),
        ({"framing": {"max_zoom": "much"}}, "max_zoom"),
        ({"framing": {"min_zoom": "3", "max_zoom": "2"}}, "above"),
        ({"fps": None}, "--fps log"),
        ({"window": Window(start=99.0)}, "no picture"),
    ],
)
def test_what_cannot_be_played(match: Path, spec: dict[str, object], words: str) -> None:
    with pytest.raises((ConfigError, PluginError), match=words):
        run(match, **spec)


@pytest.mark.parametrize("policy", ["spring", "deadband", "lookahead"])
def test_a_fixed_zoom_is_fixed_whatever_the_detector_wishes(tmp_path: Path, policy: str) -> None:
    path = foreign(tmp_path / "match.jsonl")
    wishes = [seen(8 + number / 10) | {"target_x": 0.6, "target_zoom": 3.0} for number in range(20)]
    silence = seen(20.0)
    path.write_text(path.read_text() + "".join(json.dumps(line) + "\n" for line in [*wishes, silence]))
    zooms = {picture.view.zoom for picture in run(path, choice=Choice(policy), fixed_zoom=2.0).path.pictures}
    assert max(zooms) == pytest.approx(2.0, abs=1e-9)
    assert min(zooms) == pytest.approx(2.0, abs=1e-9)


def test_a_fixed_zoom_holds_for_people_too(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    live_match(path, Kept())
    found = play(read(path), ReplaySpec(fps=None, fixed_zoom=2.0))
    assert {round(picture.view.zoom, 9) for picture in found.path.pictures} == {2.0}


def test_the_crop_stays_inside_a_source_of_another_shape(match: Path) -> None:
    shape = SourceShape.of(32 / 9, 16 / 9)
    pictures = run(match, shape=shape).path.pictures
    edges = Edges(CropShape(0.5, 1.0), aspect=32 / 9)
    assert all(edges.clamp(picture.view) == picture.view for picture in pictures)
    assert max(picture.view.center_x for picture in pictures) > 0.6


def test_a_window_is_the_part_that_it_is_of_the_whole(tmp_path: Path) -> None:
    path = foreign(tmp_path / "long.jsonl", seconds=40)
    whole = run(path).path.pictures
    part = run(path, window=Window(25.0, 5.0)).path.pictures
    assert [picture.at for picture in part] == [each.at for each in whole if 25 <= each.at <= 30]
    ends = {picture.at: picture.view.center_x for picture in whole}
    assert max(abs(picture.view.center_x - ends[picture.at]) for picture in part) < 0.01
    assert run(path, window=Window(25.0, 5.0)).quality.seconds == pytest.approx(5.0, abs=0.05)
    assert run(path, window=Window(seconds=5.0)).path.pictures == whole[:151]


def test_progress_goes_from_nothing_to_all(match: Path) -> None:
    told: list[float] = []
    replay(read_log(match), ReplaySpec(fps=Fraction(240)), BASE, build, told.append)
    assert told == sorted(told)
    assert 0 <= told[0] < told[-1] <= 1


@pytest.mark.parametrize("text", ["", "@1", "spring@", "spring@x", "spring@-1", "spring@5.1", "spring@nan"])
def test_a_choice_that_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="not like spring"):
        Choice.parse(text)


def test_the_fixed_zoom_is_the_framings_only_one() -> None:
    framing = ReplaySpec(fixed_zoom=3.0, framing={"max_zoom": "2"}).framed(FramingOptions())
    assert (framing.min_zoom, framing.max_zoom) == (3.0, 3.0)
