"""The same tracks as Ultralytics' tracker finds, where that is installed."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from virtualptz.tracking.bytetrack import AS_PUBLISHED, ByteTrack
from virtualptz.tracking.detection import Detections

from .scenes import crowd
from .theirs import Boxes

RATE = 30.0
BUFFER = 30
TracksOfPicture = Mapping[int, tuple[float, ...]]


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    if find_spec("ultralytics") is None:
        pytest.skip("Ultralytics is not installed: there is nothing to compare with")
    for name, value in {"OFFLINE": "true", "AUTOINSTALL": "false", "CONFIG_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(f"YOLO_{name}", value)
    from ultralytics.trackers.byte_tracker import BYTETracker

    return BYTETracker(
        SimpleNamespace(
            track_high_thresh=AS_PUBLISHED.high_thresh,
            track_low_thresh=AS_PUBLISHED.low_thresh,
            new_track_thresh=AS_PUBLISHED.new_thresh,
            track_buffer=BUFFER,
            match_thresh=AS_PUBLISHED.match_thresh,
            fuse_score=AS_PUBLISHED.fuse_score,
        )
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_same_tracks(theirs: Any, seed: int) -> None:
    # They forget who was lost at the end of a picture, so that he is known for one more.
    ours = ByteTrack(AS_PUBLISHED.model_copy(update={"buffer_seconds": (BUFFER + 1) / RATE}), RATE)
    names: dict[int, int] = {}
    tracked = 0
    for number, found in enumerate(crowd(seed, pictures=200)):
        mine = {track.track_id: track.box for track in ours.update(found, number / RATE)}
        other = _told(theirs.update(Boxes(found.boxes, found.scores)))
        assert len(mine) == len(other)
        for theirs_id, mine_id in _paired(other, mine).items():
            assert names.setdefault(theirs_id, mine_id) == mine_id
            assert mine[mine_id] == pytest.approx(other[theirs_id], abs=0.01)
        tracked += len(mine)
    assert len(set(names.values())) == len(names) > 12
    assert tracked > 1500


def test_with_our_own_defaults_there_are_fewer_ids(theirs: Any) -> None:
    """The people of the scene are twelve; each further id is one who was lost and not known again."""
    ours = ByteTrack()
    mine, other = set(), set()
    for number, found in enumerate(crowd(0, pictures=300)):
        mine |= {track.track_id for track in ours.update(found, number / RATE)}
        other |= set(_told(theirs.update(Boxes(found.boxes, found.scores))))
    assert len(mine) < len(other)


def _told(rows: Any) -> TracksOfPicture:
    table = np.asarray(rows).reshape(-1, 8)
    return {int(row[4]): tuple(float(edge) for edge in row[:4]) for row in table}


def _paired(one: TracksOfPicture, other: TracksOfPicture) -> dict[int, int]:
    """Each box's nearest."""
    return {
        number: min(other, key=lambda key: sum(abs(a - b) for a, b in zip(box, other[key], strict=True)))
        for number, box in one.items()
    }


def test_detections_are_given_as_theirs() -> None:
    found = Detections.of([(10, 20, 50, 120)], [0.9], ["player"])
    assert Boxes(found.boxes, found.scores).xywh.tolist() == [[30, 70, 40, 100]]
