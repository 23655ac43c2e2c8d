"""Who is who from picture to picture, and how long somebody is remembered. 20 pictures a second."""

import math

import pytest

from virtualptz.tracking.bytetrack import AS_PUBLISHED, ByteTrack, ByteTrackOptions
from virtualptz.tracking.detection import BALL, Detections

from .scenes import HEIGHT, RATE, box, follow, ids, seen

BOTH = pytest.mark.parametrize("options", [ByteTrackOptions(), AS_PUBLISHED])


def test_the_first_picture_is_believed_and_who_comes_later_is_from_the_second() -> None:
    tracker = ByteTrack()
    assert ids(tracker.update(seen((100, 200), (300, 200)), 0.0)) == [1, 2]
    newcomer = seen((100, 200), (300, 200), (600, 200))
    assert ids(tracker.update(newcomer, 0.05)) == [1, 2]
    assert ids(tracker.update(newcomer, 0.1)) == [1, 2, 3]


def test_a_track_says_where_and_how_fast_and_since_when() -> None:
    tracker = ByteTrack()
    track = follow(tracker, [seen((100 + 5 * number, 200)) for number in range(40)], start=7.0)[-1][0]
    assert track.center == pytest.approx((295, 200), abs=1)
    assert track.velocity == pytest.approx((100, 0), abs=2)
    assert track.height == pytest.approx(HEIGHT, abs=0.5)
    assert track.age == pytest.approx(39 / RATE)
    assert track.unseen == 0
    assert track.score == pytest.approx(0.9)
    assert track.cls == "player"


@pytest.mark.parametrize(
    ("options", "apart"),
    [(ByteTrackOptions(), 0), (ByteTrackOptions(), 15), (ByteTrackOptions(), 40), (AS_PUBLISHED, 40)],
)
def test_two_who_cross_keep_their_ids(options: ByteTrackOptions, apart: float) -> None:
    """The one behind scores low while the other hides him, and is not found at all in the middle of it."""
    tracker = ByteTrack(options)
    pictures = []
    for number in range(61):
        left, right = (100 + 6 * number, 300.0), (460 - 6 * number, 300 - apart)
        hidden = 1 - min(abs(left[0] - right[0]) / 40, 1.0)
        if hidden > 0.8:
            pictures.append(seen(left))
        else:
            pictures.append(seen(left, right, scores=(0.9, 0.9 if not hidden else 0.15)))
    tracks = {track.track_id: track for track in follow(tracker, pictures)[-1]}
    assert sorted(tracks) == [1, 2]
    assert tracks[1].center == pytest.approx((460, 300), abs=3)
    assert tracks[2].center == pytest.approx((100, 300 - apart), abs=3)


def test_a_weak_detection_goes_on_with_a_track_but_begins_none() -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200))] * 3)
    weak = seen((100, 200), (400, 200), scores=(0.15, 0.15))
    for number in range(3, 8):
        assert ids(tracker.update(weak, number / RATE)) == [1]
    track = tracker.update(weak, 8 / RATE)[0]
    assert track.unseen == 0
    assert track.score == pytest.approx(0.15)


def test_a_weak_detection_finds_nobody_who_is_lost() -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200))] * 5)
    tracker.update(Detections.none(), 5 / RATE)
    assert tracker.update(seen((100, 200), scores=[0.2]), 6 / RATE) == ()
    assert ids(tracker.update(seen((100, 200), scores=[0.6]), 7 / RATE)) == [1]


@pytest.mark.parametrize(("score", "begins"), [(0.39, False), (0.4, True)])
def test_only_those_who_are_sure_enough_begin_a_track(score: float, begins: bool) -> None:
    tracker = ByteTrack(ByteTrackOptions(new_thresh=0.4))
    assert bool(follow(tracker, [seen((100, 200), scores=[score])] * 3)[-1]) is begins


@pytest.mark.parametrize("score", [0.05, 0.1])
def test_what_is_not_above_the_low_threshold_is_nothing(score: float) -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200))] * 3)
    assert tracker.update(seen((100, 200), scores=[score]), 3 / RATE) == ()
    assert ids(tracker.lost) == [1]


def test_who_was_seen_once_and_not_again_is_nobody() -> None:
    tracker = ByteTrack()
    tracker.update(Detections.none(), 0.0)
    tracker.update(seen((100, 200)), 0.05)
    assert tracker.update(Detections.none(), 0.1) == ()
    assert tracker.lost == ()
    tracker.update(seen((100, 200)), 0.15)
    assert ids(tracker.update(seen((100, 200)), 0.2)) == [2]


@BOTH
@pytest.mark.parametrize(("away", "known"), [(0.9, True), (1.0, True), (1.1, False)])
def test_who_comes_back_within_the_buffer_is_known(
    options: ByteTrackOptions, away: float, known: bool
) -> None:
    tracker = ByteTrack(options)
    other = (600.0, 200.0)
    follow(tracker, [seen((100, 200), other)] * 20)
    last = 19 / RATE
    follow(tracker, [seen(other)] * round(away * RATE - 1), start=last + 1 / RATE)
    assert ids(tracker.lost) == ([1] if known else [])
    follow(tracker, [seen((100, 200), other)] * 2, start=last + away)
    assert ids(tracker.update(seen((100, 200), other), last + away + 0.1)) == ([1, 2] if known else [2, 3])


def test_a_lost_track_is_foretold() -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100 + 5 * number, 200)) for number in range(40)])
    follow(tracker, [Detections.none()] * 6, start=40 / RATE)
    (lost,) = tracker.lost
    assert lost.unseen == pytest.approx(6 / RATE)
    assert lost.center[0] == pytest.approx(100 + 5 * 45, abs=3)


@BOTH
def test_pictures_that_are_left_out_do_no_harm(options: ByteTrackOptions) -> None:
    """Two people run, one behind the other. In half a second without pictures one of them comes to where the
    other was."""
    tracker = ByteTrack(options)
    skipped = set(range(41, 50))
    for number in range(80):
        if number not in skipped:
            found = seen((100 + 5 * number, 200), (150 + 5 * number, 200))
            tracks = tracker.update(found, number / RATE)
    assert ids(tracks) == [1, 2]
    assert tracks[0].center[0] == pytest.approx(100 + 5 * 79, abs=2)


def test_times_that_jitter_do_no_harm() -> None:
    tracker = ByteTrack()
    times = [number / 10 + 0.04 * math.sin(17 * number) for number in range(60)]
    for at in times:
        tracks = tracker.update(seen((100 + 150 * at, 200), (800 - 150 * at, 230)), at)
    assert ids(tracks) == [1, 2]
    assert tracks[0].velocity[0] == pytest.approx(150, abs=5)


@pytest.mark.parametrize("jump", [-0.05, -5.0, 1.2, 100.0])
def test_a_jump_in_time_is_another_scene(jump: float) -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200))] * 20)
    assert ids(tracker.update(seen((100, 200)), 19 / RATE + jump)) == [2]
    assert tracker.lost == ()


def test_the_same_time_twice_is_no_jump() -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200))] * 20)
    assert ids(tracker.update(seen((100, 200)), 19 / RATE)) == [1]


def test_with_a_longer_buffer_a_longer_gap_is_none() -> None:
    tracker = ByteTrack(ByteTrackOptions(buffer_seconds=5))
    follow(tracker, [seen((100, 200))] * 20)
    assert ids(tracker.update(seen((100, 200)), 19 / RATE + 4.9)) == [1]


def test_without_a_buffer_who_is_lost_is_forgotten_at_once_but_tracking_goes_on() -> None:
    tracker = ByteTrack(ByteTrackOptions(buffer_seconds=0))
    pictures = follow(tracker, [seen((100, 200), (500, 200))] * 5, rate=2)
    assert ids(pictures[-1]) == [1, 2]
    follow(tracker, [seen((500, 200))] * 2, start=2.5, rate=2)
    follow(tracker, [seen((100, 200), (500, 200))] * 2, start=3.5, rate=2)
    assert ids(tracker.update(seen((100, 200), (500, 200)), 4.5)) == [2, 3]


def test_ids_are_not_used_again_after_a_reset() -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200), (300, 200))] * 3)
    tracker.reset()
    assert tracker.lost == ()
    assert ids(tracker.update(seen((100, 200)), 1.0)) == [3]


def test_classes_do_not_mix() -> None:
    tracker = ByteTrack()
    follow(tracker, [seen((100, 200), classes=["player"])] * 3)
    follow(tracker, [seen((100, 200), classes=["referee"])] * 2, start=3 / RATE)
    both = tracker.update(seen((100, 200), (100, 200), classes=["referee", "player"]), 5 / RATE)
    assert [(track.track_id, track.cls) for track in both] == [(1, "player"), (2, "referee")]


def test_one_of_each_class_in_the_same_place_stay_two() -> None:
    tracker = ByteTrack()
    places = ((100.0, 200.0), (102.0, 200.0))
    found = seen(*places, classes=["player", "referee"])
    follow(tracker, [found] * 10)
    follow(tracker, [seen(places[0], classes=["player"])] * 3, start=10 / RATE)
    assert ids(tracker.lost) == [2]
    assert ids(tracker.update(found, 13 / RATE)) == [1, 2]


def test_the_ball_is_left_out() -> None:
    tracker = ByteTrack()
    assert follow(tracker, [seen((100, 200), classes=[BALL])] * 3)[-1] == ()


def test_nothing_found() -> None:
    tracker = ByteTrack()
    assert follow(tracker, [Detections.none()] * 3)[-1] == ()
    assert tracker.lost == ()


@pytest.mark.parametrize(
    "broken",
    [
        (100, 200, 100, 300),
        (100, 200, 140, 200),
        (140, 200, 100, 300),
        (math.nan, 200, 140, 300),
        (100, 200, math.inf, 300),
    ],
)
def test_a_box_that_is_none_is_left_out(broken: tuple[float, ...]) -> None:
    tracker = ByteTrack()
    found = Detections.of([broken, box(500, 200)], [0.9, 0.9], ["player", "player"])
    assert ids(follow(tracker, [found] * 3)[-1]) == [1]


@pytest.mark.parametrize(
    "options", [AS_PUBLISHED, AS_PUBLISHED.model_copy(update={"drop_duplicates": False})]
)
def test_one_who_hides_exactly_behind_another(options: ByteTrackOptions) -> None:
    """As published, the one of the two who was followed for less time is taken for a double and forgotten."""
    tracker = ByteTrack(options)
    both = seen((100, 200), (103, 200))
    follow(tracker, [seen((100, 200))] * 3)
    follow(tracker, [both] * 10, start=3 / RATE)
    follow(tracker, [seen((100, 200))] * 5, start=13 / RATE)
    assert ids(tracker.lost) == ([] if options.drop_duplicates else [2])
    follow(tracker, [both] * 2, start=18 / RATE)
    assert ids(tracker.update(both, 1.0)) == ([1, 3] if options.drop_duplicates else [1, 2])


def test_a_runner_is_kept_who_leaves_his_box_between_two_pictures() -> None:
    """60 pixels a picture with a box of 40: only with a margin do they meet, before his speed is known."""
    run = [seen((100 + 60 * number, 200)) for number in range(6)]
    assert ids(follow(ByteTrack(), run)[-1]) == [1]
    assert ids(follow(ByteTrack(AS_PUBLISHED), run)[-1]) != [1]
