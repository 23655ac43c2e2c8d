"""The contract of tracking sources as a test class: inherit it, say how one is made, and run pytest."""

import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from time import monotonic

from ..model import MediaInfo, TrackingUpdate, VideoInfo
from ..protocols import Frame, TrackingSource
from .detector import ENDS_SECONDS, walkers

AHEAD = 2
"""Pictures that a source may have taken for updates that nobody has asked for yet: more is a queue."""
WIDE = MediaInfo(VideoInfo("h264", 1920, 1080, Fraction(30)))


class TrackingSourceContract:
    """What the tracking worker takes for granted. A detector has a contract of its own besides.

    class TestMine(TrackingSourceContract):
        def make(self) -> TrackingSource:
            return Mine(MyOptions())
    """

    enough = 5
    """Updates that are looked at of a source that needs no pictures, and so never ends."""
    interval = 0.0
    """Seconds between two updates of a source that paces itself."""

    def make(self) -> TrackingSource:
        """A fresh source; one that paces itself, with a short interval."""
        raise NotImplementedError

    def frames(self) -> Sequence[Frame]:
        """Some pictures in their order."""
        return walkers()

    def test_it_says_which_pictures_it_wants(self) -> None:
        for media in (WIDE, None):
            source = self.make()
            request = source.wants(media)
            source.close()
            if request is not None:
                assert 0 < request.fps <= 60, f"{request.fps} pictures a second"
                assert 16 <= request.width <= 7680, f"{request.width} pixels wide"

    def test_its_updates_are_valid(self) -> None:
        updates = self._updates()
        assert updates, "not one update"
        for update in updates:
            assert TrackingUpdate.model_validate_json(update.model_dump_json()) == update

    def test_its_updates_name_their_picture(self) -> None:
        source = self.make()
        needs = source.wants(WIDE) is not None
        source.close()
        if needs:
            given = [frame.pts for frame in self.frames()]
            places = [_place(given, update.frame_pts) for update in self._updates()]
            assert places == sorted(places), "the updates are not in the order of the pictures"

    def test_it_stops_when_told(self) -> None:
        source = self.make()
        began, stopped, over = threading.Event(), threading.Event(), threading.Event()
        frames = None if source.wants(WIDE) is None else _again(self.frames(), stopped)

        def work() -> None:
            for _ in source.updates(frames):
                began.set()
            over.set()

        threading.Thread(target=work, name="tracking", daemon=True).start()
        assert began.wait(ENDS_SECONDS), "it never gave an update"
        stopped.set()
        source.close()
        source.close()
        assert over.wait(ENDS_SECONDS), "closed, it goes on"

    def test_it_makes_no_updates_in_store(self) -> None:
        source, taken = self.make(), Taken(self.frames())
        if source.wants(WIDE) is not None:
            for number, _ in enumerate(source.updates(iter(taken)), start=1):
                assert taken.count <= number + AHEAD, f"{taken.count} pictures are taken for {number} updates"
        source.close()

    def test_after_a_slow_consumer_it_does_not_catch_up(self) -> None:
        """One that paces itself leaves out what nobody took."""
        if not self.interval:
            return
        source = self.make()
        updates = source.updates(None)
        next(updates)
        threading.Event().wait(6 * self.interval)
        began = monotonic()
        for _ in islice(updates, 4):
            pass
        assert monotonic() - began >= 1.5 * self.interval, "four updates came at once"
        source.close()

    def _updates(self) -> list[TrackingUpdate]:
        source = self.make()
        try:
            if source.wants(WIDE) is not None:
                return list(source.updates(iter(self.frames())))
            return list(islice(source.updates(None), self.enough))
        finally:
            source.close()


def _place(given: Sequence[float], named: float | None) -> int:
    assert named in given, f"an update names a picture that it was not given: {named}"
    return given.index(named)


class Taken:
    """Counts the pictures that were taken."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.count = 0
        self._frames = frames

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames:
            self.count += 1
            yield frame


def _again(frames: Sequence[Frame], stopped: threading.Event) -> Iterator[Frame]:
    """As a job has them: for as long as it lasts."""
    begin, length = 0.0, frames[-1].pts + 0.1
    while not stopped.is_set():
        for frame in frames:
            if stopped.is_set():
                return
            yield Frame(begin + frame.pts, frame.image)
        begin += length
