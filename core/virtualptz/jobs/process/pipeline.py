"""One job's media work: source thread, render thread and taps, with one owner and one outcome."""

import logging
import threading
from collections.abc import Callable

from ...camera.journal import Journal, NoJournal
from ...errors import VirtualPtzError
from ...model import JobOutcome, JobSpec, MediaInfo, TrackingUpdate
from ...protocols import MediaBackend, Picture, SinkStats
from ..memory import room_for_pictures
from ..messages import Heartbeat, Rule, Ruled
from .beat import heartbeat
from .feed import Feed
from .intake import Delivery, Intake
from .lookahead import SLACK_PICTURES
from .overlay.notes import SceneNotes, Tee
from .overlay.painter import OverlayPainter
from .program import Program, ProgramParts
from .progress import Progress
from .rulebook import Policies, Rulebook
from .slate import Slate, SlateKeeper
from .taps import Send, Taps

log = logging.getLogger(__name__)

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
        slate: Slate | None = None,
        keeper: SlateKeeper | None = None,
    ) -> None:
        self._spec = spec
        self._keeper = keeper
        self._ended = ended
        self._stop = threading.Event()
        self._error: str | None = None
        self._failed = False
        self._aspect = 1.0
        self.progress = Progress()
        notes = SceneNotes(spec.camera_mode)
        self.taps = Taps(send, OverlayPainter(backend, notes).paint)
        room = room_for_pictures(spec.lookahead_memory_mb)
        self._feed = Feed(spec.lookahead_seconds, room=room, slack=SLACK_PICTURES)
        self._rules = Rulebook(spec, policies, self._feed, room, Tee(journal or NoJournal(), notes))
        self.operator = self._rules.operator
        self._program = self._make_program(backend, slate)
        to_program = self._feed.put if self._program is not None else lambda _item: True
        delivery = Delivery(self._connected, self._seen, to_program, self._feed)
        self._intake = Intake(spec, backend, self.progress, self._stop, delivery, slate)
        self._owner = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        self.taps.start()
        if self._keeper is not None:
            self._keeper.start()
        self._owner.start()

    def stop(self, error: str | None = None) -> None:
        """Begin to drain; `error` is kept as the reason. Returns at once, from any thread."""
        self._error = self._error or error
        self._stop.set()

    def track(self, update: TrackingUpdate) -> None:
        self.operator.track(update, arrived=self.progress.pts_in or 0.0)

    def rule(self, rule: Rule) -> Ruled:
        """New rules for the camera; where one cannot be kept, none is changed."""
        return self._rules.rule(rule)

    @property
    def alive(self) -> bool:
        """False where a thread hangs: the heartbeat must then stop."""
        return self._intake.pulse.alive and (self._program is None or self._program.pulse.alive)

    def heartbeat(self, pid: int) -> Heartbeat:
        stats = SinkStats() if self._program is None else self._program.sink_stats
        return heartbeat(self._spec, pid, self.progress, stats, self._rules.report)

    def _make_program(self, backend: MediaBackend, slate: Slate | None) -> Program | None:
        spec = self._spec
        if spec.output is None:
            return None
        parts = ProgramParts(backend, self.operator, spec.target, spec.output, slate, self._keeper)
        return Program(parts, self._feed, self.taps, self.progress)

    def _connected(self, media: MediaInfo) -> None:
        self._aspect = media.video.aspect

    def _seen(self, picture: Picture, at: float) -> None:
        self.taps.offer("source", picture, at, self._aspect)
        if self._program is not None and self.progress.media is not None:
            self._rules.fit(picture, float(self.progress.media.video.frame_rate))

    def _run(self) -> None:
        source = threading.Thread(target=self._guard, args=(self._intake.run,), name="source", daemon=True)
        program = threading.Thread(target=self._guard, args=(self._run_program,), name="render", daemon=True)
        program.start()
        source.start()
        self._wait_for_source(source)
        self._wait_for_program(program)
        self.taps.close()
        if self._keeper is not None:
            self._keeper.close()
        self.progress.phase = "ended"
        self._ended(JobOutcome("failed" if self._failed else "stopped", self._error))

    def _run_program(self) -> None:
        if self._program is None:
            return
        try:
            self._program.run()
        finally:
            self._stop.set()

    def _wait_for_source(self, source: threading.Thread) -> None:
        while source.is_alive() and not self._stop.wait(0.1):
            source.join(0.1)
        if self._stop.is_set():
            self._intake.interrupt()
            self._feed.discard()
            source.join(SOURCE_STOP_SECONDS)
            if source.is_alive():
                log.error("the source did not close in %.0f s", SOURCE_STOP_SECONDS)

    def _wait_for_program(self, program: threading.Thread) -> None:
        """What the source has sent is shown to its end, however that came, but for a stop."""
        self._feed.end()
        while program.is_alive() and not self._feed.ended and not self._stop.wait(0.1):
            pass
        if self._stop.is_set():
            self._feed.discard()
        program.join(PROGRAM_STOP_SECONDS)
        if program.is_alive():
            log.error("the program's output did not close in %.0f s", PROGRAM_STOP_SECONDS)

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
