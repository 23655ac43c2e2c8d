"""The tracking worker: one process that tells an agent where play is, in one job or in many."""

import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

from ...client import RunnerClient
from ...errors import VirtualPtzError
from ...keys import ApiKeys
from ...logs import FORM, about_job, resolved
from ...model import SourceOptions
from ...plugins import PluginHost
from ...redact import register_secret
from ...settings import Settings, for_backends, load_settings
from ...uris import validate_source
from .detector import SourceMaker
from .direct import DirectPictures, Open
from .mark import mark_headers, run_by_agent
from .options import BUILT_IN, WorkerOptions
from .pictures import JobPictures, Pictures
from .push import Pusher, Say
from .roster import Roster
from .stream_clock import StreamClock
from .tracker import Equipment, JobTracker

log = logging.getLogger(__name__)
pushes = logging.getLogger(f"{__name__}.pushes")

USAGE_ERROR = 2
HANGS = 70
"""BSD's EX_SOFTWARE: a source hangs, and only a new process gets rid of it."""
END_SECONDS = 1.5
"""How long after a signal a source or a call may still take; then the process ends without them."""
LOOK_SECONDS = 0.1
ANSWER_SECONDS = 5.0
"""Of the agent; whatever comes later is of no use to a camera."""


def run_worker(options: WorkerOptions, stop: threading.Event | None = None) -> int:
    """Push until SIGINT, SIGTERM or `stop`: 0. Options that cannot work: 2, with a line on stderr.

    70: a source took a picture after its first update and gave nothing for `hang_seconds`. Signals are heeded
    where this is called in the main thread. Nothing that the agent does ends it.
    """
    stop = stop or threading.Event()
    try:
        worker = Worker(options)
    except VirtualPtzError as error:
        sys.stderr.write(f"tracking worker: {' '.join(str(error).split())}\n")
        return USAGE_ERROR
    with _signals_set(stop):
        return worker.run(stop)


class Worker:
    """Owns the trackers of all jobs, and decides when the process ends."""

    def __init__(self, options: WorkerOptions) -> None:
        """Raises ConfigError or PluginError where the options cannot work."""
        options.check()
        self._options = options
        settings = load_settings()
        self._key = options.api_key or ApiKeys.of(settings).first
        client = self._client()
        uri = _checked_source(options, settings)
        self._sources = SourceMaker(options, settings)
        self._open = _opener(uri, self._sources.plugins, settings) if uri else None
        self._roster = Roster(options, self._sources.name, client, self._track)

    def run(self, stop: threading.Event) -> int:
        """Returns soon after `stop` is set, even where a source or a call hangs; the exit code."""
        self._roster.start()
        never = threading.Event()
        hanging = None
        # A signal's handler runs in this thread, so this thread waits on what no handler sets.
        while not stop.is_set() and (hanging := self._roster.hanging) is None:
            never.wait(LOOK_SECONDS)
        self._roster.close()
        until = monotonic() + END_SECONDS
        while hanging is None and self._roster.is_alive and monotonic() < until:
            never.wait(LOOK_SECONDS / 5)
        return self._ended(hanging)

    def _ended(self, hanging: str | None) -> int:
        if hanging is not None:
            seconds = self._options.hang_seconds
            faulthandler.dump_traceback()
            with about_job(hanging):
                log.error("%s: %s gave nothing for %g s; ending", hanging, self._sources.name, seconds)
            _leave(HANGS)
        elif self._roster.is_alive:
            log.warning("%s, or a call to the agent, hangs; ending without it", self._sources.name)
            _leave(0)
        self._sources.close()
        return 0

    def _client(self) -> RunnerClient:
        return RunnerClient(
            self._options.runner_base_url, self._key, answer_seconds=ANSWER_SECONDS, headers=mark_headers()
        )

    def _track(self, job_id: str) -> JobTracker:
        options, client = self._options, self._client()
        say, complain = _pushes_said_by("" if options.job_id else f"{job_id}: ")
        equipment = Equipment(
            client,
            Pusher(client, job_id, options.seconds_between, say, options.quiet, complain),
            self._pictures(client, job_id),
            lambda: self._sources.build(client, job_id),
        )
        return JobTracker(job_id, self._sources.name, equipment, options.hang_seconds)

    def _pictures(self, client: RunnerClient, job_id: str) -> Pictures | None:
        if self._sources.name in BUILT_IN:
            return None
        if self._open is None:
            return JobPictures(client, job_id)
        return DirectPictures(job_id, self._open, StreamClock(lambda: client.job_status(job_id)))


def _checked_source(options: WorkerOptions, settings: Settings) -> str:
    """The normal form of --source-uri, whose credentials stay out of the log from here on."""
    if not options.source_uri:
        return ""
    register_secret(options.source_uri)
    uri = validate_source(options.source_uri, roots=settings.source_roots)
    register_secret(uri)
    settings.source_policy.check(uri)
    return uri


def _opener(uri: str, plugins: PluginHost, settings: Settings) -> Open:
    """Opens that source, pictures only. Raises ConfigError or PluginError without a media backend."""
    os.environ.update(for_backends(settings))
    backend = plugins.media_backend(settings.media_backend)
    options = SourceOptions(
        audio=False,
        open_timeout=settings.source_open_timeout_seconds,
        read_timeout=settings.source_read_timeout_seconds,
    )
    return lambda: backend.open_source(uri, options)


def _leave(code: int) -> None:
    """End the process at once: what hangs in a library would also hang its tidying up at exit."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set `stop` meanwhile; outside the main thread, nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pushes_said_by(before: str) -> tuple[Say, Say]:
    """For pushes and for failures: bare lines on stdout for whoever reads along there, else the log's."""
    if run_by_agent() or resolved(os.environ.get(FORM, "")) == "json" or sys.stdout.isatty():
        return (
            lambda line: pushes.info("%s%s", before, line),
            lambda line: pushes.warning("%s%s", before, line),
        )
    return (lambda line: _print_line(before + line),) * 2


def _print_line(line: str) -> None:
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        # Whoever read along has gone, or the disk is full; the pushes matter, the lines do not.
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
