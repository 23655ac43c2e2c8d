"""The agent's time series for Prometheus, made of what the engine knows at the moment of the scrape."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, product
from typing import get_args

from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.registry import Collector

from .. import __version__
from ..jobs.readiness import CHECKS, Readiness
from ..jobs.status import JobStatus, LossReason, WorkerStatus
from ..model import CameraMode, Holder, JobKind, JobState
from ..plugins import PluginStatus
from ..wire.job import Phase
from .figures import FIGURES, TIMINGS, Figure, Timing
from .refusals import Reason

STATES: tuple[JobState, ...] = ("running", "stopped", "failed")


class Metrics(Collector):
    """One scrape. A job's series end with the job."""

    def __init__(
        self,
        jobs: Sequence[JobStatus],
        plugins: Sequence[PluginStatus],
        workers: Sequence[WorkerStatus] = (),
        refusals: Mapping[Reason, int] | None = None,
        readiness: Readiness | None = None,
    ) -> None:
        self._jobs = jobs
        self._plugins = plugins
        self._workers = workers
        self._refusals = refusals or {}
        self._readiness = readiness

    def collect(self) -> Iterator[Metric]:
        running = [job for job in self._jobs if job.state == "running"]
        yield from self._agent()
        yield from _detectors(self._workers)
        yield _failures(self._refusals)
        if self._readiness is not None:
            yield _checks(self._readiness)
        yield from _states(running)
        for figure in FIGURES:
            yield _family(figure, running)
        for timing in TIMINGS:
            yield _histogram(timing, running)
        yield from ProcessCollector(registry=None).collect()

    def _agent(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("vptz_build_info", "The agent that is asked.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        up = GaugeMetricFamily("vptz_plugin_up", "1 where a plug-in works.", labels=["plugin"])
        for plugin in self._plugins:
            if plugin.state != "disabled":
                up.add_metric([plugin.name], float(plugin.state == "loaded"))
        yield up
        counts = Counter((job.kind, job.state) for job in self._jobs)
        jobs = GaugeMetricFamily(
            "vptz_jobs", "Jobs that run, and that ended lately.", labels=["kind", "state"]
        )
        kinds: tuple[JobKind, ...] = get_args(JobKind)
        for kind, state in product(kinds, STATES):
            jobs.add_metric([kind, state], counts[kind, state])
        yield jobs


def _detectors(workers: Iterable[WorkerStatus]) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "vptz_detector_up", "1 where a detector that the agent runs tells something.", labels=["detector"]
    )
    memory = GaugeMetricFamily(
        "vptz_detector_memory_bytes",
        "Resident memory of a detector's worker and of all that it started.",
        labels=["detector"],
    )
    restarts = CounterMetricFamily(
        "vptz_detector_restarts",
        "How often a detector's worker was lost, by why.",
        labels=["detector", "reason"],
    )
    for worker in workers:
        if worker.wanted:
            up.add_metric([worker.detector], float(worker.up))
        if worker.memory_bytes is not None:
            memory.add_metric([worker.detector], worker.memory_bytes)
        for reason in get_args(LossReason):
            restarts.add_metric([worker.detector, reason], worker.losses.get(reason, 0))
    yield from (up, memory, restarts)


def _checks(readiness: Readiness) -> Metric:
    checks = GaugeMetricFamily(
        "vptz_check_ok", "1 where nothing is in the way of a new job.", labels=["check"]
    )
    for check in CHECKS:
        checks.add_metric([check], float(check not in readiness.troubles))
    return checks


def _failures(refusals: Mapping[Reason, int]) -> Metric:
    failures = CounterMetricFamily(
        "vptz_auth_failures", "Requests that were refused for want of a right key.", labels=["reason"]
    )
    for reason, count in refusals.items():
        failures.add_metric([reason], count)
    return failures


def _states(jobs: Iterable[JobStatus]) -> Iterator[Metric]:
    info = GaugeMetricFamily("vptz_job_info", "A job that runs.", labels=["job_id", "kind", "session_id"])
    phase = StateSetMetricFamily("vptz_job_phase", "What a job is at.", labels=["job_id"])
    holder = StateSetMetricFamily("vptz_camera_holder", "Who moves the camera.", labels=["job_id"])
    mode = StateSetMetricFamily("vptz_camera_mode", "Who may move the camera.", labels=["job_id"])
    policy = GaugeMetricFamily(
        "vptz_camera_policy_info", "What makes the camera's motion smooth.", labels=["job_id", "policy"]
    )
    for job in jobs:
        info.add_metric([job.job_id, job.kind or "", job.session_id], 1)
        phase.add_metric([job.job_id], _one_of(get_args(Phase), job.phase))
        if (camera := job.camera) is not None:
            holder.add_metric([job.job_id], _one_of(get_args(Holder), camera.holder))
            mode.add_metric([job.job_id], _one_of(get_args(CameraMode), camera.mode))
            policy.add_metric([job.job_id, camera.policy], 1)
    yield from (info, phase, holder, mode, policy)


def _one_of(states: Iterable[str], now: str | None) -> dict[str, bool]:
    return {state: state == now for state in states}


def _family(figure: Figure, jobs: Iterable[JobStatus]) -> Metric:
    make = CounterMetricFamily if figure.counter else GaugeMetricFamily
    family = make(figure.name, figure.help, labels=["job_id", *figure.labels])
    for job in jobs:
        for labels, value in figure.read(job).items():
            if value is not None:
                family.add_metric([job.job_id, *labels], value)
    return family


def _histogram(timing: Timing, jobs: Iterable[JobStatus]) -> Metric:
    label = [timing.label] if timing.label else []
    family = HistogramMetricFamily(timing.name, timing.help, labels=["job_id", *label])
    for job in jobs:
        for name, histogram in timing.read(job).items():
            if histogram.counts:
                bounds = (*(str(bound) for bound in histogram.bounds), "+Inf")
                buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
                family.add_metric([job.job_id, *([name] if label else [])], buckets, histogram.total)
    return family
