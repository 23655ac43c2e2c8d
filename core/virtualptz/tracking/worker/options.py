"""What a tracking worker can be told, and which of it cannot work."""

from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from ...errors import ConfigError

BUILT_IN = ("sim", "file")
LIVE = "live"
ALL, ASSIGNED = "all", "assigned"
HANG_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    runner_base_url: str
    job_id: str = ""
    """The one job; this or `jobs`."""
    mode: str = "sim"
    """`sim`, `file`, `live`, or a tracking source's name."""
    api_key: str = field(default="", repr=False)
    """Empty: the settings' own (RUNNER_API_KEY, or the first of RUNNER_API_KEY_FILE), which, unlike an
    argument, `ps` shows to nobody."""
    input_file: Path | None = None
    interval: float | None = None
    """Seconds between two pushes; None: 1 for `sim` and `file`, else each update (0)."""
    source: str = "detector-worker"
    """Who is said to have measured; a detector says so itself."""
    seed: int = 7
    """Of the simulated match."""
    jobs: str = ""
    """Several: `a,b,c`, `all` (that run on the agent) or `assigned` (those that ask for this detector)."""
    detector: str = ""
    """What `live` means; empty: the preferred one of those that work on this machine."""
    model: str = ""
    """The detector's option `model`."""
    source_uri: str = field(default="", repr=False)
    """Pictures from here, where the agent is not to be asked for the job's."""
    hang_seconds: float = HANG_SECONDS
    quiet: bool = False
    """Pushes that went well are no lines."""

    @property
    def is_built_in(self) -> bool:
        return self.mode in BUILT_IN

    @property
    def seconds_between(self) -> float:
        if self.interval is not None:
            return self.interval
        return 1.0 if self.is_built_in else 0.0

    @property
    def named_jobs(self) -> tuple[str, ...]:
        """Those that are named; none where the agent is asked for them."""
        if self.job_id:
            return (self.job_id,)
        named = () if self.jobs in (ALL, ASSIGNED) else self.jobs.split(",")
        return tuple(dict.fromkeys(name.strip() for name in named if name.strip()))

    def check(self) -> None:
        """Raises ConfigError where they cannot work together."""
        if bool(self.job_id) == bool(self.jobs):
            raise ConfigError("name the job with --job-id, or several with --jobs a,b,c|all|assigned")
        if self.jobs not in (ALL, ASSIGNED) and not self.named_jobs:
            raise ConfigError("--jobs names none")
        self._check_times()
        if self.mode == "file" and self.input_file is None:
            raise ConfigError("--input-file is needed with --mode file")
        self._check_detector()

    def _check_times(self) -> None:
        interval = self.seconds_between
        if not (isfinite(interval) and interval >= 0) or (interval == 0 and self.is_built_in):
            raise ConfigError("--interval must be more than 0 seconds")
        if not self.hang_seconds > 0:
            raise ConfigError("--hang-seconds must be more than 0")

    def _check_detector(self) -> None:
        if self.detector and self.mode != LIVE:
            raise ConfigError("--detector is for --mode live")
        for flag, given in (("--model", self.model), ("--source-uri", self.source_uri)):
            if given and self.is_built_in:
                raise ConfigError(f"{flag} is for a detector, which --mode {self.mode} has none of")
        if self.source_uri and self.jobs:
            raise ConfigError("--source-uri is one job's: name it with --job-id")
