"""One job's media work: source thread, render thread and taps, with one owner and one outcome."""

import logging
import threading
import time
from collections.abc import Callable

from ...camera.journal import Journal, NoJournal
from ...camera.operator import CameraOperator, NamedPolicy, Notes, OperatorSpec
from ...errors import VirtualPtzError
from ...model import JobOutcome, JobSpec, MediaInfo, TrackingUpdate, View
from ...protocols import MediaBackend, Picture, SinkStats
from ..messages import Heartbeat, MediaSummary, Rule, Ruled, ViewValue
from .feed import Feed
from .intake import Delivery, Intake
from .program import Program, ProgramParts
from .progress import Progress
from .taps import Send, Taps

log = logging.getLogger(__name__)

Policies = Callable[[str, float], NamedPolicy]
"""Builds the policy that was asked for by name, for a look-ahead in seconds; or VirtualPtzError."""

SOURCE_STOP_SECONDS = 3.0
PROGRAM_STOP_SECONDS = 10.0


class Pipeline:
    """Started once; ends by itself at a file's end or a fatal error, or by `stop`.

    `ended` is called once, on one of its threads, with the outcome.
    """

    def __init__(
        self,
        spec: JobSpec,
        backend: MediaBackend,
        policies: Policies,
        send: Send,
        ended: Callable[[JobOutcome], None],
        journal: Journal | None = None,
    ) -> None:
        self._spec = spec
        self._ended = ended
        self._stop = threading.Event()
        self._error: str | None = None
        self._failed = False
        self._aspect = 1.0
        self.progress = Progress()
        self.taps = Taps(send)
        self._policies = policies
        self._asked_policy = spec.smoothing_policy
        self._lookahead = spec.lookahead_seconds
        self.operator = CameraOperator(
            policies(spec.smoothing_policy, spec.lookahead_seconds),
            _operator_spec(spec),
            Notes(journal or NoJournal()),
        )
        self._feed = Feed()
        self._program = self._make_program(backend)
        to_program = self._feed.put if self._program is not None else lambda _item: True
        delivery = Delivery(self._connected, self._seen, to_program)
        self._intake = Intake(spec, backend, self.progress, self._stop, delivery)
        self._owner = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        self.taps.start()
        self._owner.start()

    def stop(self, error: str | None = None) -> None:
        """Begin to drain; `error` is kept as the reason. Returns at once, from any thread."""
        self._error = self._error or error
        self._stop.set()

    def track(self, update: TrackingUpdate) -> None:
        self.operator.track(update, arrived=self.progress.pts_in or 0.0)

    def rule(self, rule: Rule) -> Ruled:
        """New rules for the camera; where one cannot be kept, none is changed."""
        asked = rule.policy or self._asked_policy
        lookahead = self._lookahead if rule.lookahead_seconds is None else rule.lookahead_seconds
        policy = None
        if (asked, lookahead) != (self._asked_policy, self._lookahead):
            try:
                policy = self._policies(asked, lookahead)
            except VirtualPtzError as error:
                return Ruled(id=rule.id, camera=self.operator.report, error=str(error))
        self._asked_policy, self._lookahead = asked, lookahead
        self.operator.rule(
            mode=rule.mode, policy=policy, lookahead_seconds=rule.lookahead_seconds, limits=rule.limits
        )
        return Ruled(id=rule.id, camera=self.operator.report)

    @property
    def alive(self) -> bool:
        """False where a thread hangs: the heartbeat must then stop."""
        return self._intake.pulse.alive and (self._program is None or self._program.pulse.alive)

    def heartbeat(self, pid: int) -> Heartbeat:
        progress, camera = self.progress, self.operator.report
        stats = SinkStats() if self._program is None else self._program.sink_stats
        next_attempt = progress.next_attempt_at
        view = camera.view
        return Heartbeat(
            job_id=self._spec.job_id,
            pid=pid,
            phase=progress.phase,
            media=None if progress.media is None else _summary(progress.media),
            pts_in=progress.pts_in,
            pts_out=progress.pts_out,
            fps_in=round(progress.rate_in.per_second(), 2),
            fps_out=round(progress.rate_out.per_second(), 2),
            frames_in=progress.frames_in,
            frames_out=progress.frames_out,
            frames_held=progress.frames_held,
            frames_dropped=progress.frames_dropped,
            packets_dropped=stats.packets_dropped,
            source_restarts=progress.source_restarts,
            publisher_restarts=stats.publisher_restarts,
            last_error=progress.last_error or stats.last_error,
            next_attempt_seconds=None if next_attempt is None else max(0.0, next_attempt - time.monotonic()),
            view=ViewValue(center_x=view.center_x, center_y=view.center_y, zoom=view.zoom),
            holder=camera.holder,
            camera=None if self._program is None else camera,
            target=stats.target,
        )

    def _make_program(self, backend: MediaBackend) -> Program | None:
        if self._spec.output is None:
            return None
        parts = ProgramParts(backend, self.operator, self._spec.target, self._spec.output)
        return Program(parts, self._feed, self.taps, self.progress)

    def _connected(self, media: MediaInfo) -> None:
        self._aspect = media.video.aspect

    def _seen(self, picture: Picture, at: float) -> None:
        self.taps.offer("source", picture, at, self._aspect)

    def _run(self) -> None:
        source = threading.Thread(target=self._guard, args=(self._intake.run,), name="source", daemon=True)
        program: threading.Thread | None = None
        if self._program is not None:
            program = threading.Thread(
                target=self._guard, args=(self._program.run,), name="render", daemon=True
            )
            program.start()
        source.start()
        self._wait_for_source(source)
        self._feed.end()
        if program is not None:
            program.join(PROGRAM_STOP_SECONDS)
            if program.is_alive():
                log.error("the program's output did not close in %.0f s", PROGRAM_STOP_SECONDS)
        self.taps.close()
        self.progress.phase = "ended"
        self._ended(JobOutcome("failed" if self._failed else "stopped", self._error))

    def _wait_for_source(self, source: threading.Thread) -> None:
        while source.is_alive() and not self._stop.wait(0.1):
            source.join(0.1)
        if self._stop.is_set():
            self._intake.interrupt()
            self._feed.end()
            source.join(SOURCE_STOP_SECONDS)
            if source.is_alive():
                log.error("the source did not close in %.0f s", SOURCE_STOP_SECONDS)

    def _guard(self, work: Callable[[], None]) -> None:
        """The top of a thread: the first error of any of them decides how the job ends."""
        try:
            work()
        except VirtualPtzError as error:
            self._fail(str(error))
        except Exception as error:  # a plug-in's own error ends its job, with a trace
            log.exception("%s thread", threading.current_thread().name)
            self._fail(f"{type(error).__name__} in the {threading.current_thread().name} thread")

    def _fail(self, reason: str) -> None:
        if not self._failed:
            self._failed, self._error = True, reason
            log.error("job fails: %s", reason)
        self._stop.set()


def _operator_spec(spec: JobSpec) -> OperatorSpec:
    return OperatorSpec(
        rules=spec.ptz,
        view=View(*spec.initial_view),
        framing=spec.framing,
        limits=spec.limits,
        mode=spec.camera_mode,
        lookahead_seconds=spec.lookahead_seconds,
    )


def _summary(media: MediaInfo) -> MediaSummary:
    video, audio = media.video, media.audio
    return MediaSummary(
        codec=video.codec,
        width=video.width,
        height=video.height,
        frame_rate=f"{video.frame_rate.numerator}/{video.frame_rate.denominator}",
        audio_codec=audio.codec if audio else None,
        sample_rate=audio.sample_rate if audio else None,
        channels=audio.channels if audio else None,
        live=media.live,
    )
