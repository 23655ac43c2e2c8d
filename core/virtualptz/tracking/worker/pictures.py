"""Where a job's pictures come from: the agent, or, without it, the camera itself."""

import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

from ...backoff import Backoff
from ...client import RunnerClient, RunnerError
from ...model import FrameRequest, MediaInfo, VideoInfo
from ...protocols import Frame
from ...wire.job import MediaSummary
from .feed import FrameFeed

CONNECTING = "connecting"
LOOK_SECONDS = 0.5
LONGEST_BACKOFF = 8.0


class Feed(Protocol):
    """Frames for one life of a source. It outlasts all trouble with where they come from."""

    @property
    def busy_since(self) -> float | None: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None: ...


class Pictures(Protocol):
    def media(self) -> MediaInfo | None:
        """What the source is; waits until that is known or `close`. None: it cannot be known."""

    def open(self, request: FrameRequest) -> Feed: ...

    def close(self) -> None: ...


class JobPictures:
    """The agent's."""

    def __init__(self, client: RunnerClient, job_id: str) -> None:
        self._client = client
        self._job_id = job_id
        self._closed = threading.Event()

    def media(self) -> MediaInfo | None:
        backoff = Backoff(LOOK_SECONDS, LONGEST_BACKOFF)
        while not self._closed.is_set():
            try:
                answer = self._client.job_status(self._job_id)
            except RunnerError:
                self._closed.wait(backoff.failed())
                continue
            media = media_of(answer.media)
            if media is not None or answer.phase != CONNECTING:
                return media
            backoff.working()
            self._closed.wait(LOOK_SECONDS)
        return None

    def open(self, request: FrameRequest) -> FrameFeed:
        return FrameFeed(self._client, self._job_id, request)

    def close(self) -> None:
        self._closed.set()


def media_of(told: MediaSummary | None) -> MediaInfo | None:
    """From a job's status; None where it does not tell, or not yet."""
    if told is None:
        return None
    try:
        frame_rate = Fraction(told.frame_rate)
    except (ValueError, ZeroDivisionError):
        return None
    if min(told.width, told.height) <= 0 or frame_rate <= 0:
        return None
    return MediaInfo(VideoInfo(told.codec, told.width, told.height, frame_rate), live=told.live)
