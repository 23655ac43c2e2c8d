"""The detectors' benchmark: what it counts, on a few boxes whose figures are known."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks import detection, detection_accuracy, detection_accuracy_clip
from benchmarks.detection_accuracy_data import on_court, read_mot
from benchmarks.detection_accuracy_flawed import Flaws, flawed, hidden
from benchmarks.detection_accuracy_score import Figures, Known, Sequel, score
from benchmarks.detection_accuracy_trackers import OURS, PUBLISHED, ours, published
from benchmarks.report import verdict
from virtualptz.errors import ConfigError
from virtualptz.protocols import Frame
from virtualptz.tracking.detection import Detections

scoring = pytest.mark.skipif(find_spec("trackeval") is None, reason="TrackEval is not installed")
PERFECT = Flaws(tremble=0, missed=0, hidden=1.1, invented=0)


def two(number: int, ids: Sequence[int] = (1, 2)) -> Known:
    """Two who walk, 20 pixels a picture, 300 pixels apart."""
    x = 100 + 20 * number
    return Known(np.array(ids), np.array([[x, 200.0, x + 40, 300], [x + 300, 200.0, x + 340, 300]]))


WALK = tuple(two(number) for number in range(20))


@scoring
def test_what_is_the_truth_scores_full() -> None:
    figures = score([Sequel(WALK, WALK)])
    assert (figures.hota, figures.idf1, figures.mota) == pytest.approx((100, 100, 100))
    assert (figures.switches, figures.missed, figures.false) == (0, 0, 0)
    assert (figures.ids, figures.people) == (2, 2)


@scoring
def test_ids_that_change_places_half_way_cost_identity_and_no_detection() -> None:
    swapped = [*WALK[:10], *(two(number, ids=(2, 1)) for number in range(10, 20))]
    figures = score([Sequel(WALK, swapped)])
    assert figures.idf1 == pytest.approx(50)
    assert figures.switches == 2
    assert (figures.missed, figures.false) == (0, 0)
    assert figures.mota == pytest.approx(95)


@scoring
def test_clips_are_pooled_and_their_ids_are_their_own() -> None:
    nothing = [Known(np.empty(0, np.int64), np.empty((0, 4)))] * 20
    figures = score([Sequel(WALK, WALK), Sequel(WALK, nothing)])
    assert figures.mota == pytest.approx(50)
    assert figures.missed == 40
    assert (figures.ids, figures.people) == (2, 4)


@scoring
def test_trackers_find_the_truth_again_in_its_own_boxes() -> None:
    boxes = flawed(WALK, PERFECT, seed=0)
    for tracker in (ours, published):
        figures = score([Sequel(WALK, tracker(boxes, 20.0))])
        assert figures.mota == pytest.approx(100)
        assert figures.ids == 2


def test_labels_are_read(tmp_path: Path) -> None:
    file = tmp_path / "gt.txt"
    file.write_text("1,7,10,20,30,40,-1,-1,-1,-1\n3,7,12,20,30,40,-1,-1,-1,-1\n3,8,100,20,30,40,1,1,1,1\n")
    pictures = read_mot(file, scale=0.5)
    assert [each.ids.tolist() for each in pictures] == [[7], [], [7, 8]]
    assert pictures[0].boxes.tolist() == [[5, 10, 20, 30]]


def test_who_watches_does_not_count() -> None:
    boxes = np.array([[300.0, 150, 330, 220], [40, 300, 80, 355], [360, 130, 380, 170]])
    assert on_court(Known(np.array([1, 2, 3]), boxes), 640, 360).ids.tolist() == [1]


def test_who_stands_lower_hides_who_is_behind() -> None:
    boxes = np.array([[0.0, 0, 40, 100], [20, 10, 60, 110], [200, 0, 240, 100]])
    assert hidden(boxes) == pytest.approx([0.5 * 0.9, 0, 0])
    assert hidden(boxes[:0]).tolist() == []


def test_flaws_are_as_many_as_are_asked_for() -> None:
    long = tuple(two(number % 20) for number in range(500))
    found = flawed(long, Flaws(tremble=0, missed=0.25, hidden=1.1, invented=0.5), seed=1)
    people = sum(int((each.scores > 0.5).sum()) for each in found)
    assert people == pytest.approx(750, abs=50)
    assert sum(map(len, found)) - people == pytest.approx(250, abs=50)
    assert [len(each) for each in flawed(long, PERFECT, seed=1)] == [2] * 500


def test_a_plug_in_that_does_not_work_is_a_row_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [Frame(number / 10, np.zeros((36, 64, 3), np.uint8)) for number in range(3)]

    def refuse(_: Sequence[Frame]) -> list[Known]:
        raise ConfigError("no model")

    monkeypatch.setattr(detection_accuracy_clip, "raw", refuse)
    monkeypatch.setattr(
        detection_accuracy_clip, "PLUGINS", {"motion": ("motion", {}), "none": ("no such", {})}
    )
    rows = dict(detection_accuracy_clip.everybody(frames, 10.0))
    assert rows[detection_accuracy_clip.RAW] == "no model"
    assert [len(each.ids) for each in rows["motion"] if isinstance(each, Known)] == [0, 0, 0]
    assert "no such" in str(rows["none"])


def test_claims_are_met_or_not() -> None:
    raw = Figures(45, 52, 66, 31, 203, 107, 28, 6)
    better = Figures(53, 65, 67, 26, 164, 143, 13, 6)
    behind = Figures(53, 65, 65.9, 26, 164, 143, 13, 6)
    same = detection_accuracy_clip.ON_THE_SAME
    told = detection_accuracy.claims(
        {
            detection_accuracy_clip.RAW: raw,
            same.format(PUBLISHED): raw,
            same.format(OURS): better,
            detection_accuracy_clip.YOLO: behind,
            detection_accuracy_clip.MOTION: "no OpenCV",
        }
    ).splitlines()
    assert [verdict(True) in told[0], verdict(True) in told[1], verdict(False) in told[2]] == [True] * 3
    assert "not measured (no OpenCV)" in told[3]


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        detection.main(["guesswork"])
    assert stopped.value.code == 2
    assert "no benchmark is called guesswork" in capsys.readouterr().err


def test_the_same_boxes_go_to_every_tracker() -> None:
    found = [Detections.of([(0, 0, 40, 100)], [0.9], ["player"])] * 3
    assert [each.ids.tolist() for each in ours(found, 20.0)] == [[1]] * 3
    assert [each.ids.tolist() for each in published(found, 20.0)] == [[1]] * 3
