"""What holds whatever a detector finds, and whenever."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.tracking.bytetrack import AS_PUBLISHED, ByteTrack, ByteTrackOptions, Track
from virtualptz.tracking.detection import Detections

edges = st.floats(-50, 1500, width=32)
scores = st.floats(0, 1, width=32)
anything = st.lists(
    st.tuples(st.tuples(edges, edges, edges, edges), scores, st.sampled_from(["player", "referee", "ball"])),
    max_size=6,
)
near = st.lists(
    st.tuples(
        st.tuples(st.integers(0, 6), st.integers(0, 3)).map(
            lambda place: (30.0 * place[0], 40.0 * place[1], 30.0 * place[0] + 40, 40.0 * place[1] + 100)
        ),
        st.sampled_from([0.15, 0.3, 0.9]),
        st.sampled_from(["player", "player", "referee"]),
    ),
    max_size=6,
)
steps = st.sampled_from([0.0, 0.03, 0.05, 0.1, 0.4, 2.0, -1.0])
Found = list[tuple[tuple[float, float, float, float], float, str]]
Pictures = list[tuple[Found, float]]
pictures = st.lists(st.tuples(anything | near, steps), min_size=1, max_size=25)
options = st.sampled_from(
    [ByteTrackOptions(), AS_PUBLISHED, ByteTrackOptions(buffer_seconds=0.1, new_thresh=0.5)]
)

Seen = tuple[tuple[Track, ...], tuple[Track, ...]]


def run(pictures: Pictures, options: ByteTrackOptions) -> list[Seen]:
    tracker = ByteTrack(options)
    at, told = 10.0, []
    for found, step in pictures:
        at += step
        detections = Detections.of([f[0] for f in found], [f[1] for f in found], [f[2] for f in found])
        told.append((tracker.update(detections, at), tracker.lost))
    return told


@settings(max_examples=150)
@given(pictures, options)
def test_whatever_is_found(pictures: Pictures, options: ByteTrackOptions) -> None:
    began: dict[int, str] = {}
    gone: set[int] = set()
    for (found, _), (tracks, lost) in zip(pictures, run(pictures, options), strict=True):
        numbers = [track.track_id for track in (*tracks, *lost)]
        assert len(set(numbers)) == len(numbers)
        assert len(tracks) <= len(found)
        for track in (*tracks, *lost):
            known = began.setdefault(track.track_id, track.cls)
            assert known == track.cls != "ball"
            assert all(math.isfinite(value) for value in (*track.box, *track.velocity, track.score))
            assert track.box[0] < track.box[2]
            assert track.box[1] < track.box[3]
            assert track.age >= track.unseen >= 0
        assert all(track.unseen == 0 for track in tracks)
        assert gone.isdisjoint(numbers), "an id was used again"
        gone = began.keys() - set(numbers)


@settings(max_examples=50)
@given(pictures, options)
def test_the_same_again_is_the_same(pictures: Pictures, options: ByteTrackOptions) -> None:
    assert run(pictures, options) == run(pictures, options)


@settings(max_examples=50)
@given(pictures)
def test_one_class_does_not_care_for_another(pictures: Pictures) -> None:
    """Players are followed as if there were no referees, but for the numbers."""
    alone: Pictures = [([one for one in found if one[2] == "player"], step) for found, step in pictures]
    for (both, _), (only, _) in zip(
        run(pictures, ByteTrackOptions()), run(alone, ByteTrackOptions()), strict=True
    ):
        players = [track for track in both if track.cls == "player"]
        assert [(t.box, t.score, t.age) for t in players] == [(t.box, t.score, t.age) for t in only]
