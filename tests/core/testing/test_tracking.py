"""Our own tracking sources keep the contract; one that does not is told so."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtualptz.model import FrameRequest, MediaInfo, TrackingUpdate
from virtualptz.protocols import Frame, TrackingSource
from virtualptz.testing.tracking import TrackingSourceContract
from virtualptz.tracking.detection import DetectorOptions, DetectorSource
from virtualptz.tracking.sources import FileOptions, FileSource, SimOptions, SimSource
from virtualptz_motion.detector import MotionDetector
from virtualptz_motion.options import MotionOptions

INTERVAL = 0.05


class TestSim(TrackingSourceContract):
    interval = INTERVAL

    def make(self) -> SimSource:
        return SimSource(SimOptions(interval=INTERVAL))


class TestFile(TrackingSourceContract):
    interval = INTERVAL
    folder: Path

    @pytest.fixture(autouse=True)
    def _in(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        (tmp_path / "update.json").write_text('{"tracking_confidence": 0.9, "target_x": 0.4}')

    def make(self) -> FileSource:
        return FileSource(FileOptions(path=self.folder / "update.json", interval=INTERVAL))


class TestMotion(TrackingSourceContract):
    def make(self) -> DetectorSource:
        return DetectorSource("motion", MotionDetector(MotionOptions()), DetectorOptions(), lambda _: 320)


def update(pts: float | None) -> TrackingUpdate:
    return TrackingUpdate.model_validate({"tracking_confidence": 0.5, "source": "bad", "frame_pts": pts})


class Bad:
    """Breaks one rule, which `fault` names."""

    def __init__(self, fault: str) -> None:
        self._fault = fault
        self._closed = threading.Event()

    def wants(self, media: MediaInfo | None) -> FrameRequest | None:
        return FrameRequest(0 if self._fault == "no rate" else 10, 320)

    def updates(self, frames: Iterator[Frame] | None) -> Iterator[TrackingUpdate]:
        assert frames is not None
        if self._fault == "hoards":
            frames = iter(list(frames))
        for frame in frames:
            yield update(frame.pts + (100 if self._fault == "other time" else 0))

    def close(self) -> None:
        self._closed.set()


@pytest.mark.parametrize(
    ("fault", "test", "told"),
    [
        ("no rate", "test_it_says_which_pictures_it_wants", "0.0 pictures a second|0 pictures a second"),
        ("other time", "test_its_updates_name_their_picture", "was not given"),
        ("hoards", "test_it_makes_no_updates_in_store", "pictures are taken for 1 updates"),
    ],
)
def test_a_source_that_breaks_a_rule_is_told_which(fault: str, test: str, told: str) -> None:
    class Contract(TrackingSourceContract):
        def make(self) -> TrackingSource:
            return Bad(fault)

    with pytest.raises(AssertionError, match=told):
        getattr(Contract(), test)()
