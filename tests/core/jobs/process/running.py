"""A pipeline on a scripted backend, and a camera that sends in real time."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from virtualptz.camera.operator import NamedPolicy
from virtualptz.camera.policies.deadband import Deadband, DeadbandOptions
from virtualptz.errors import MediaError
from virtualptz.jobs.messages import FrameHeader
from virtualptz.jobs.process.pipeline import Pipeline
from virtualptz.jobs.process.slate import Slate, SlateKeeper
from virtualptz.model import JobOutcome, JobSpec, MediaInfo, OutputSpec, SourceOptions
from virtualptz.protocols import AudioPacket, Picture
from virtualptz.testing.media import (
    MEDIA,
    RecordingSink,
    ScriptedBackend,
    ScriptedPicture,
    ScriptedSound,
)

PATIENCE = 30.0


class Run:
    """One pipeline on a scripted backend."""

    def __init__(
        self,
        backend: ScriptedBackend,
        output: OutputSpec | None = OutputSpec(),  # noqa: B008
        slate: Slate | None = None,
        keeper: SlateKeeper | None = None,
        **fields: float,
    ) -> None:
        spec = JobSpec.model_validate(
            {"job_id": "ing_1", "kind": "ingest", "source": "scripted", "output": output, **fields}
        )
        self.backend = backend
        self.frames: list[tuple[FrameHeader, bytes]] = []
        self.policies: list[float] = []
        """The look-ahead of each policy that was built."""
        self.outcome: JobOutcome | None = None
        self.ended = threading.Event()
        self.pipeline = Pipeline(
            spec, backend, self._policy, self._send, self._end, slate=slate, keeper=keeper
        )

    def _policy(self, asked: str, lookahead: float) -> NamedPolicy:
        self.policies.append(lookahead)
        return NamedPolicy(asked, Deadband(DeadbandOptions(interval=0, min_delta_xy=0, min_delta_zoom=0)))

    def _send(self, header: FrameHeader, jpeg: bytes) -> None:
        self.frames.append((header, jpeg))

    def _end(self, outcome: JobOutcome) -> None:
        self.outcome = outcome
        self.ended.set()

    @property
    def sink(self) -> RecordingSink:
        return self.backend.sinks[0]

    @property
    def published(self) -> list[tuple[ScriptedPicture, float]]:
        return self.sink.pictures if self.backend.sinks else []

    def to_the_end(self) -> JobOutcome:
        self.pipeline.start()
        return self.finish()

    def finish(self) -> JobOutcome:
        assert self.ended.wait(PATIENCE)
        assert self.outcome is not None
        return self.outcome

    def stop(self) -> JobOutcome:
        self.pipeline.stop()
        return self.finish()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"did not happen in {PATIENCE:g} s"
        threading.Event().wait(0.01)


Item = ScriptedPicture | ScriptedSound
Arrivals = Sequence[tuple[float, Item]]
"""What a camera sends, and how many seconds after it was opened."""


def camera(seconds: float, rate: float = 30.0, *, width: int = 64) -> list[tuple[float, Item]]:
    """A picture at each frame's time, and a piece of sound beside each."""
    times = [number / rate for number in range(round(seconds * rate))]
    shots: list[tuple[float, Item]] = [
        (at, ScriptedPicture(at, width=width, height=width * 9 // 16)) for at in times
    ]
    return sorted([*shots, *((at + 0.001, ScriptedSound(at + 0.001)) for at in times)], key=_moment)


def frozen(arrivals: Arrivals, since: float, until: float) -> list[tuple[float, Item]]:
    """The same from a camera whose link stands for a while: what it took meanwhile comes all at once."""
    return [(until if since <= moment < until else moment, item) for moment, item in arrivals]


def _moment(arrival: tuple[float, Item]) -> float:
    return arrival[0]


class LiveSource:
    """Sends each item at its moment, and then nothing more until it is closed, or an error."""

    def __init__(
        self, info: MediaInfo, arrivals: Iterable[tuple[float, Item]], then: MediaError | None = None
    ) -> None:
        self.info = info
        self._then = then
        self._waiting = deque(arrivals)
        self._closed = threading.Event()
        self._opened = time.monotonic()

    def read(self) -> Picture | AudioPacket | None:
        if self._waiting:
            moment, item = self._waiting.popleft()
            self._closed.wait(max(0.0, self._opened + moment - time.monotonic()))
            return None if self._closed.is_set() else item
        if self._then is not None:
            raise self._then
        self._closed.wait()
        return None

    def close(self) -> None:
        self._closed.set()


@dataclass
class TimedSink(RecordingSink):
    """Notes when each picture was written, and takes its time for it."""

    moments: list[float] = field(default_factory=list)
    seconds_each: float = 0.0

    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        if isinstance(item, ScriptedPicture):
            threading.Event().wait(self.seconds_each)
            self.moments.append(time.monotonic())
        super().write(item, pts)


class LiveBackend(ScriptedBackend):
    """A camera, and a sink that knows what time it is."""

    def __init__(self, arrivals: Arrivals, info: MediaInfo = MEDIA, seconds_each: float = 0.0) -> None:
        super().__init__(info=info)
        self._arrivals = arrivals
        self._live_info = info
        self._seconds_each = seconds_each
        self.timed: TimedSink | None = None

    def open_source(self, source: str, options: SourceOptions) -> LiveSource:  # type: ignore[override]
        self.opened.append(options)
        return LiveSource(self._live_info, self._arrivals)

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> RecordingSink:
        self.timed = TimedSink(target, output, like, seconds_each=self._seconds_each)
        self.sinks.append(self.timed)
        return self.timed
