"""The real network on real play."""

import threading
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from virtualptz.errors import PluginError
from virtualptz.model import MediaInfo, VideoInfo
from virtualptz.protocols import BgrArray, Frame
from virtualptz.tracking.detection import Detections, Detector
from virtualptz_yolo.detector import YoloDetector, source
from virtualptz_yolo.options import YoloOptions

from ...sample_data import sample
from .network import GYM, OPENVINO, PEDESTRIANS, SOCCER, narrow, need, pictures, weights


@pytest.fixture(scope="module", autouse=True)
def held() -> Iterator[None]:
    """The network stays loaded from test to test."""
    detector = made()
    yield
    detector.close()


def made(**options: object) -> YoloDetector:
    return YoloDetector(YoloOptions.model_validate({"model": str(weights()), **options}))


@pytest.fixture
def yolo() -> Iterator[YoloDetector]:
    detector = made()
    yield detector
    detector.close()


def media(across: int, down: int) -> MediaInfo:
    return MediaInfo(VideoInfo("h264", across, down, Fraction(30)))


def assert_same(one: Detections, other: Detections) -> None:
    """But for the last bits, which depend on how many pictures are multiplied at once."""
    assert one.classes == other.classes
    assert np.allclose(one.boxes, other.boxes, atol=0.1)
    assert np.allclose(one.scores, other.scores, atol=1e-3)


def test_people_are_found_and_the_mural_and_all_else_is_no_ball(yolo: YoloDetector) -> None:
    assert isinstance(yolo, Detector)
    for frame in pictures(GYM, 3, every=10):
        found = yolo.detect(frame)
        sure = found.where(found.scores > 0.25)
        assert 4 <= len(sure.people) <= 14
        assert set(found.classes) <= {"player", "ball"}
        heights = sure.people.boxes[:, 3] - sure.people.boxes[:, 1]
        assert 20 < heights.min() <= heights.max() < 200


def test_the_ball_has_its_own_threshold() -> None:
    [frame] = pictures(SOCCER, 1)
    frame = Frame(0.0, narrow(frame.image, 1280))
    keen = made(imgsz=1280, ball_confidence=0.05, tiles="off")
    shy = made(imgsz=1280, ball_confidence=0.9, tiles="off", confidence=0.3)
    balls, none = keen.detect(frame), shy.detect(frame)
    keen.close()
    shy.close()
    assert len(balls.only("ball")) > 0
    assert len(none.only("ball")) == 0
    assert none.people.scores.min() >= 0.3
    assert balls.people.scores.min() >= 0.1


def test_nobody_is_in_an_empty_picture(yolo: YoloDetector) -> None:
    assert len(yolo.detect(Frame(0.0, np.full((360, 640, 3), 120, np.uint8)))) == 0


def test_ids_are_kept_from_picture_to_picture() -> None:
    """Pedestrians, three of them all the time."""
    frames = [Frame(frame.pts, narrow(frame.image, 640)) for frame in pictures(PEDESTRIANS, 60)]
    tracked = source(YoloOptions(model=str(weights()), fps=30))
    updates = list(tracked.updates(iter(frames)))
    tracked.close()
    assert {update.source for update in updates} == {"yolo-bytetrack"}
    assert [update.frame_pts for update in updates] == [frame.pts for frame in frames]
    targets = [target.model_dump() for update in updates for target in update.targets or ()]
    seen = Counter(target["track_id"] for target in targets if target["cls"] == "player")
    assert sum(count >= 50 for count in seen.values()) >= 3
    assert len(seen) <= 9


def test_in_a_batch_each_job_finds_what_it_finds_alone() -> None:
    frames = list(pictures(GYM, 4, every=15))
    alone, jobs = made(), [made() for _ in frames]
    expected = [alone.detect(frame) for frame in frames]
    found: dict[int, Detections] = {}
    together = threading.Barrier(len(frames))

    def detect(number: int) -> None:
        together.wait(20)
        found[number] = jobs[number].detect(frames[number])

    threads = [threading.Thread(target=detect, args=(number,)) for number in range(len(frames))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for detector in (alone, *jobs):
        detector.close()
    for number, one in enumerate(expected):
        assert_same(found[number], one)


def test_batches_of_the_network_itself_are_the_same(yolo: YoloDetector) -> None:
    images = [frame.image for frame in pictures(GYM, 4, every=15)]
    network = yolo._share.network
    together = yolo._share.run(images)
    for found, image in zip(together, images, strict=True):
        [alone] = yolo._share.run([image])
        assert np.allclose(found, alone, atol=0.1)
    assert network.size == 640


def test_jobs_share_one_network() -> None:
    one, other, finer = made(), made(fps=5, region="0.1,0.1 0.9,0.1 0.5,0.9"), made(imgsz=320)
    assert one._share.network is other._share.network
    assert one._share.network is not finer._share.network
    for detector in (one, other, finer):
        detector.close()


def test_small_people_in_a_wide_picture_are_found_in_pieces() -> None:
    """About 20 people, each some 75 of 1728 pixels high."""
    counts = {}
    for tiles in ("off", "auto"):
        detector = made(tiles=tiles, tile_budget=0, confidence=0.3)
        for frame in pictures(SOCCER, 2):
            found = detector.detect(frame).people
        detector.close()
        counts[tiles] = len(found)
        overlap = np.array([[iou(one, other) for other in found.boxes] for one in found.boxes])
        assert (overlap - np.eye(len(found))).max() < 0.7
    assert counts["auto"] >= 17
    assert counts["auto"] >= 1.5 * counts["off"]


def iou(one: BgrArray, other: BgrArray) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.clip(high - low, 0, None).prod())
    areas = float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod())
    return shared / max(areas - shared, 1e-6)


def test_it_asks_for_what_the_network_takes_and_for_all_of_a_wide_picture(yolo: YoloDetector) -> None:
    asked = {across: yolo.width_for(media(across, across // 2)) for across in (320, 1920, 2560, 3840)}
    assert asked == {320: 640, 1920: 640, 2560: 2560, 3840: 3840}
    assert yolo.width_for(None) == 640
    whole, finer = made(tiles="off"), made(tiles="on", imgsz=320)
    assert whole.width_for(media(3840, 2160)) == 640
    assert finer.width_for(media(1280, 720)) == 1280
    whole.close()
    finer.close()


def test_outside_of_the_region_nothing_is_looked_at() -> None:
    [frame] = pictures(GYM, 1)
    part = made(region="0.05,0.4 0.4,0.4 0.4,0.7 0.05,0.7")
    found, everywhere = part.detect(frame), made()
    all_found = everywhere.detect(frame)
    part.close()
    everywhere.close()
    assert found.boxes[:, 2].max() <= 0.43 * 640 + 1
    inside = [
        box
        for box, score in zip(all_found.people.boxes, all_found.people.scores, strict=True)
        if score > 0.3 and 0.05 < (box[0] + box[2]) / 2 / 640 < 0.4 and 0.4 < box[3] / 360 < 0.7
    ]
    assert len(inside) >= 1
    assert [max(iou(box, other) for other in found.boxes) > 0.6 for box in inside] == [True] * len(inside)


@pytest.mark.parametrize(
    "image",
    [np.zeros((360, 640), np.uint8), np.zeros((360, 640, 3), np.float32), np.zeros((0, 640, 3), np.uint8)],
)
def test_what_is_no_picture_is_refused(yolo: YoloDetector, image: BgrArray) -> None:
    with pytest.raises(PluginError, match="height x width x 3 bytes"):
        yolo.detect(Frame(0.0, image))
    assert not yolo._share._held.batcher.broken


def test_memory_that_may_not_be_written_to_does(yolo: YoloDetector) -> None:
    [frame] = pictures(GYM, 1)
    shared = frame.image.copy()
    shared.flags.writeable = False
    assert_same(yolo.detect(Frame(0.0, shared)), yolo.detect(frame))


def test_after_its_end_it_says_so() -> None:
    detector = made()
    detector.close()
    detector.close()
    with pytest.raises(PluginError, match="closed"):
        detector.detect(Frame(0.0, np.zeros((360, 640, 3), np.uint8)))


def test_an_openvino_export_finds_the_same_people(yolo: YoloDetector) -> None:
    need("openvino")
    export = made(model=str(sample(OPENVINO)))
    [frame] = pictures(GYM, 1)
    sure = [found.where(found.scores > 0.3).people for found in (export.detect(frame), yolo.detect(frame))]
    export.close()
    assert len(sure[0]) >= 3
    matched = [max(iou(box, other) for other in sure[1].boxes) > 0.6 for box in sure[0].boxes]
    assert sum(matched) >= 0.75 * len(matched)
