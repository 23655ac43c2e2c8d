"""Builds the tracking source that the options mean, anew for each job and each of its lives."""

from threading import Lock

from ...client import RunnerClient
from ...errors import ConfigError
from ...plugins import PluginHost
from ...protocols import TrackingSource
from ...settings import Settings
from ..sources import SimSource
from .options import BUILT_IN, LIVE, WorkerOptions
from .stream_clock import StreamClock


class SourceMaker:
    """Knows the source by name, and has built one: what cannot work is found before anything begins."""

    def __init__(self, options: WorkerOptions, settings: Settings) -> None:
        """Raises ConfigError or PluginError."""
        self._options = options
        self.plugins = PluginHost.load(settings.plugins_disabled, settings.plugin)
        self._given: dict[str, object] = {"model": options.model} if options.model else {}
        self.name = _source_name(options, self.plugins, self._given)
        self._lock = Lock()
        self._spare: TrackingSource | None = self._make()

    def build(self, client: RunnerClient, job_id: str) -> TrackingSource:
        """Raises ConfigError or PluginError. One at a time: no plug-in loads its model in two threads."""
        with self._lock:
            source, self._spare = self._spare or self._make(), None
        if isinstance(source, SimSource):
            source.follow(StreamClock(lambda: client.job_status(job_id)))
        return source

    def close(self) -> None:
        if self._spare is not None:
            self._spare.close()

    def _make(self) -> TrackingSource:
        options = self._options
        if self.name not in BUILT_IN:
            return self.plugins.tracking_source(self.name, **self._given)
        paced: dict[str, object] = {
            "interval": options.seconds_between or 1.0,
            "source": options.source,
        }
        if self.name == "file":
            return self.plugins.tracking_source("file", path=options.input_file, **paced)
        return self.plugins.tracking_source("sim", seed=options.seed, **paced)


def _source_name(options: WorkerOptions, plugins: PluginHost, given: dict[str, object]) -> str:
    """The tracking source that the mode means; ConfigError says what each that there is lacks."""
    if options.mode == LIVE:
        return plugins.live_source(options.detector or "auto", **given)
    if options.mode in BUILT_IN:
        # What they need is on the command line, and looked at when they are built.
        return options.mode
    try:
        return plugins.live_source(options.mode, **given)
    except ConfigError as error:
        raise ConfigError(f"--mode {options.mode}: {error}; or live") from error
