"""What a job did comes out of its log again, bit for bit."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.camera.decision_log import LogSize
from virtualptz.camera.replay.path import Path as Kept
from virtualptz.camera.replay.spec import Choice, ReplaySpec
from virtualptz.model import LimitBox, View

from .logs import Live, live_match, play, read, update, views

AS_IT_WAS = ReplaySpec(fps=None)


def test_the_replay_of_a_job_is_its_path_to_the_bit(tmp_path: Path) -> None:
    kept = Kept()
    live_match(tmp_path / "decisions.jsonl", kept)
    again = play(read(tmp_path / "decisions.jsonl"), AS_IT_WAS)
    assert views(again.path.pictures) == views(kept.pictures)
    assert {picture.holder for picture in kept.pictures} == {"auto", "manual"}
    assert {"manual", "preset bench"} < {picture.reason for picture in kept.pictures}
    assert {picture.policy for picture in kept.pictures} == {"spring", "lookahead"}


def test_a_rotated_log_is_the_same_path(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "decisions.jsonl"
    live_match(path, kept, LogSize(megabytes=0.02, files=1000))
    assert len(list(tmp_path.iterdir())) > 5
    assert views(play(read(path), AS_IT_WAS).path.pictures) == views(kept.pictures)


def test_a_log_whose_beginning_is_gone_goes_on_from_where_it_stood(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "decisions.jsonl"
    live_match(path, kept, LogSize(megabytes=0.02, files=4))
    again = play(read(path), AS_IT_WAS).path.pictures
    told = kept.pictures[-len(again) :]
    assert 50 < len(again) < len(kept.pictures)
    assert [picture.at for picture in again] == [picture.at for picture in told]
    # It knows no updates but its own: it starts where the camera stood, and finds the play again.
    assert abs(again[0].view.center_x - told[0].view.center_x) < 0.01
    assert abs(again[-1].view.center_x - told[-1].view.center_x) < 0.05


def test_two_processes_of_a_job_are_one_path(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "decisions.jsonl"
    for begins in (0.0, 2.0):
        live = Live(path, kept)
        for number in range(50):
            at = begins + number / 30
            live.now += 1 / 30
            live.operator.track(update(at), at + 0.5)
            live.operator.view_at(at)
        live.close()
    log = read(path)
    assert len(log.sections) == 2
    assert views(play(log, AS_IT_WAS).path.pictures) == views(kept.pictures)
    regular = [picture.at for picture in play(log, ReplaySpec()).path.pictures]
    assert all(earlier < later for earlier, later in pairwise(regular))
    assert len(regular) == pytest.approx(100, abs=2)


def test_at_another_frame_rate_people_and_play_come_at_the_same_time(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "decisions.jsonl"
    live_match(path, kept, other="deadband")
    again = play(read(path), ReplaySpec()).path.pictures
    assert [picture.at for picture in again[1:4]] == [again[0].at + number / 30 for number in (1, 2, 3)]
    pairs = [(each, min(again, key=lambda other: abs(other.at - each.at))) for each in kept.pictures]
    same = [one.holder == other.holder for one, other in pairs]
    assert sum(same) / len(same) > 0.97
    apart = sorted(abs(one.view.center_x - other.view.center_x) for one, other in pairs)
    # Where a limit cuts the view off, a picture's time is a jump apart.
    assert apart[round(0.97 * len(apart))] < 0.03


def test_without_what_people_asked_for_the_tracking_steers_all_the_time(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "decisions.jsonl"
    live_match(path, kept)
    for fps in (None, ReplaySpec().fps):
        again = play(read(path), ReplaySpec(fps=fps, steering=False))
        assert {picture.holder for picture in again.path.pictures} == {"auto"}


def test_another_policy_is_kept_whatever_the_rules_said(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "decisions.jsonl"
    live_match(path, kept)
    again = play(read(path), ReplaySpec(choice=Choice("deadband", 0.0), fps=None))
    assert {picture.policy for picture in again.path.pictures} == {"deadband"}
    assert [picture.at for picture in again.path.pictures] == [picture.at for picture in kept.pictures]


zooms = st.floats(1, 4)
unit = st.floats(0, 1)
deeds = st.one_of(
    st.tuples(st.just("picture"), st.floats(1e-4, 0.2), st.floats(0, 0.5)),
    st.tuples(st.just("track"), st.floats(-1, 2), st.floats(-1, 1)),
    st.tuples(st.just("steer"), unit, unit, zooms),
    st.tuples(st.just("recall"), unit, zooms, st.floats(0, 2)),
    st.tuples(st.just("limits"), st.floats(0, 0.7)),
    st.tuples(st.just("mode"), st.sampled_from(["auto", "manual"])),
    st.tuples(st.just("policy"), st.sampled_from(["spring", "deadband", "lookahead"])),
    st.tuples(st.just("lookahead"), st.floats(0, 2)),
)


def do(live: Live, deed: tuple[object, ...], at: float) -> float:
    match deed:
        case ("picture", float(step), float(clock)):
            live.now += clock
            live.operator.view_at(at + step)
            return at + step
        case ("track", float(measured), float(late)):
            live.operator.track(update(max(at + measured, 0.0)), at + late)
        case ("steer", float(x), float(y), float(zoom)):
            live.operator.steer(View(x, y, zoom))
        case ("recall", float(x), float(zoom), float(glide)):
            live.operator.recall(View(x, 0.5, zoom), glide, "corner")
        case ("limits", float(left)):
            live.rule(limits=LimitBox(left=left))
        case (str(name), value):
            live.rule(**{name: value})  # type: ignore[arg-type]
    return at


@settings(max_examples=30)
@given(st.lists(deeds, max_size=60))
def test_any_course_of_events_is_drawn_again_to_the_bit(course: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        kept, path = Kept(), Path(folder) / "decisions.jsonl"
        live = Live(path, kept, LogSize(megabytes=0.01, files=1000))
        at = 0.0
        for deed in [("track", 0.0, 0.0), *course, ("picture", 0.03, 0.03)]:
            at = do(live, deed, at)
        live.close()
        assert views(play(read(path), AS_IT_WAS).path.pictures) == views(kept.pictures)
