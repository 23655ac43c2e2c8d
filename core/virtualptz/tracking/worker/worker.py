"""The tracking worker: one tracking source, pushed to one job of an agent, until it is told to stop."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from types import FrameType

from ...errors import ConfigError, PluginError, VirtualPtzError
from ...plugins import PluginHost
from ...protocols import TrackingSource
from ...settings import load_settings
from ..sources import SimSource
from .feed import FrameFeed
from .push import Pusher, Say
from .runner_client import RunnerClient
from .stream_clock import StreamClock

log = logging.getLogger(__name__)

USAGE_ERROR = 2
BUILT_IN = ("sim", "file")
HANG_SECONDS = 1.5
"""How long after a signal a source or a call may still take; then the process ends without them."""
RESTART_SECONDS = 5.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    runner_base_url: str
    job_id: str
    mode: str = "sim"
    """`sim`, `file`, `live` (the one other source that is installed), or a tracking source's name."""
    api_key: str = field(default="", repr=False)
    """Empty: the settings' own (RUNNER_API_KEY), which, unlike an argument, `ps` shows to nobody."""
    input_file: Path | None = None
    interval: float = 1.0
    source: str = "detector-worker"
    """Who is said to have measured."""
    seed: int = 7
    """Of the simulated match."""


def run_worker(options: WorkerOptions, stop: threading.Event | None = None) -> int:
    """Push until SIGINT, SIGTERM or `stop`: 0. Options that cannot work: 2, with a line on stderr.

    Signals are heeded where this is called in the main thread. Nothing that the agent does ends it.
    """
    stop = stop or threading.Event()
    try:
        worker = Worker(options, stop)
    except VirtualPtzError as error:
        sys.stderr.write(f"tracking worker: {' '.join(str(error).split())}\n")
        return USAGE_ERROR
    with _signals_set(stop):
        worker.run()
    return 0


class Worker:
    """Owns the source, the connection and the one thread that uses them."""

    def __init__(self, options: WorkerOptions, stop: threading.Event, say: Say | None = None) -> None:
        """Raises ConfigError or PluginError where the options cannot work."""
        _check(options)
        settings = load_settings()
        self._options = options
        self._stop = stop
        self._plugins = PluginHost.load(settings.plugins_disabled, settings.plugin)
        self._name = source_name(options.mode, self._plugins)
        key = options.api_key or settings.api_key.get_secret_value()
        self._client = RunnerClient(options.runner_base_url, key)
        self._pusher = Pusher(self._client, options.job_id, options.interval, say or _print_line)
        self._source = self._build()
        self._feed: FrameFeed | None = None
        self._done = threading.Event()

    def run(self) -> None:
        """Returns soon after the stop event is set, even where the source or a call hangs."""
        # A daemon, so that a detector that hangs for good cannot keep the process.
        threading.Thread(target=self._work, name="tracking-push", daemon=True).start()
        # A signal's handler runs in this thread, so this thread waits on what no handler sets.
        while not self._done.wait(LOOK_SECONDS) and not self._stop.is_set():
            pass
        self._close()
        if not self._done.wait(HANG_SECONDS):
            log.warning("%s, or a call to the agent, hangs; ending without it", self._name)

    def _work(self) -> None:
        try:
            with self._client:
                while not self._stop.is_set():
                    self._push_all()
        finally:
            self._done.set()

    def _push_all(self) -> None:
        """One life of the source. Whatever ends it, the next one begins after a while."""
        try:
            wanted = self._source.wants(None)
            if wanted is not None:
                self._feed = FrameFeed(self._client, self._options.job_id, wanted)
            if not self._stop.is_set():
                frames = None if self._feed is None else iter(self._feed)
                self._pusher.run(self._source.updates(frames))
        except Exception as error:  # noqa: BLE001 (the boundary to a tracking source of others)
            log.warning("tracking source %s: %s: %s", self._name, type(error).__name__, error)
        self._close()
        if not self._stop.wait(RESTART_SECONDS):
            self._rebuild()

    def _rebuild(self) -> None:
        try:
            self._source, self._feed = self._build(), None
        except VirtualPtzError as error:
            log.warning("tracking source %s: %s", self._name, error)

    def _build(self) -> TrackingSource:
        options = self._options
        if self._name not in BUILT_IN:
            return self._plugins.tracking_source(self._name)
        paced: dict[str, object] = {"interval": options.interval, "source": options.source}
        if self._name == "file":
            return self._plugins.tracking_source("file", path=options.input_file, **paced)
        source = self._plugins.tracking_source("sim", seed=options.seed, **paced)
        if isinstance(source, SimSource):
            source.follow(StreamClock(lambda: self._client.job_status(options.job_id)))
        return source

    def _close(self) -> None:
        self._source.close()
        if self._feed is not None:
            self._feed.close()


def source_name(mode: str, plugins: PluginHost) -> str:
    """The tracking source that a mode means; PluginError where none is installed for it."""
    offered = [name for status in plugins.statuses for name in status.offers.get("tracking_sources", ())]
    if mode != "live":
        if mode not in offered:
            raise PluginError(
                f"--mode {mode}: no such tracking source; there are: {', '.join(offered)}, live"
            )
        return mode
    detectors = [name for name in offered if name not in BUILT_IN]
    if not detectors:
        raise PluginError(
            "--mode live: no live tracking source plug-in is installed; see `virtualptz plugins` for what is"
        )
    if len(detectors) > 1:
        raise PluginError(f"--mode live: several are installed; name one: --mode {'|'.join(detectors)}")
    return detectors[0]


def _check(options: WorkerOptions) -> None:
    if not options.job_id:
        raise ConfigError("--job-id is empty")
    if not (isfinite(options.interval) and options.interval > 0):
        raise ConfigError("--interval must be more than 0 seconds")
    if options.mode == "file" and options.input_file is None:
        raise ConfigError("--input-file is needed with --mode file")


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


def _print_line(line: str) -> None:
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along has gone; the pushes matter, the lines do not.
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
