"""The client for threads."""

import threading
from collections.abc import Callable, Generator, Mapping
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

import httpx2

from .call import Call, Lasting, Stream
from .calls import agent, job, steering
from .connection import ANSWER_SECONDS, Key, errors_told, http_options, is_loopback, request_options
from .errors import RunnerError
from .methods import named_after

P = ParamSpec("P")
T = TypeVar("T")


def _answered(call: Callable[P, Call[T]]) -> Callable[Concatenate["RunnerClient", P], T]:
    def method(self: "RunnerClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._send(call(*args, **kwargs))

    named_after(call, method)
    return method


def _streamed(
    stream: Callable[P, Stream[T]],
) -> Callable[Concatenate["RunnerClient", P], Generator[T, None, None]]:
    def method(self: "RunnerClient", /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        return self._stream(stream(*args, **kwargs))

    named_after(stream, method, Generator)
    return method


def _followed(
    lasting: Callable[P, Lasting[T]],
) -> Callable[Concatenate["RunnerClient", P], Generator[T, None, None]]:
    def method(self: "RunnerClient", /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        return self._follow(lasting(*args, **kwargs))

    named_after(lasting, method, Generator)
    return method


class RunnerClient:
    """One agent. Any thread may call; connections are kept between calls.

    Every method raises ConfigError for what cannot be asked, RunnerRefusedError where the agent says no, and
    RunnerUnreachableError where it says nothing that can be understood. Streams are generators: close one
    (`contextlib.closing`) to leave it before its end.
    """

    def __init__(
        self,
        base_url: str,
        api_key: Key = "",
        *,
        answer_seconds: float = ANSWER_SECONDS,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`headers`: sent with each call. Raises ConfigError for an address or a key that cannot be one."""
        self._http = httpx2.Client(**http_options(base_url, api_key, headers))
        self._seconds = answer_seconds
        self._closed = threading.Event()
        self.is_local = is_loopback(base_url)
        """Whether the agent is reached at this machine's own address."""

    def __enter__(self) -> "RunnerClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections; calls that wait in other threads fail."""
        self._closed.set()
        self._http.close()

    def _send(self, call: Call[T]) -> T:
        with errors_told(self._http):
            answer = self._http.request(**request_options(call.request, self._seconds))
        return call.read(answer)

    def _stream(self, stream: Stream[T]) -> Generator[T, None, None]:
        options = request_options(stream.request, self._seconds)
        with errors_told(self._http), self._http.stream(**options) as answer:
            if not answer.is_success:
                answer.read()
            read = stream.opened(answer)
            for chunk in answer.iter_bytes():
                yield from read(chunk)

    def _follow(self, lasting: Lasting[T]) -> Generator[T, None, None]:
        while True:
            problem = None
            try:
                yield from self._stream(lasting.stream())
            except RunnerError as error:
                problem = error
            if self._closed.wait(lasting.pause_after(problem)):
                return

    health = _answered(agent.health)
    healthz = _answered(agent.healthz)
    readyz = _answered(agent.readyz)
    metrics = _answered(agent.metrics)
    probe = _answered(agent.probe)
    plugins = _answered(agent.plugins)
    rescan_plugins = _answered(agent.rescan_plugins)
    plugin = _answered(agent.plugin)
    enable_plugin = _answered(agent.enable_plugin)
    disable_plugin = _answered(agent.disable_plugin)
    events = _followed(agent.events)

    start_ingest = _answered(job.start_ingest)
    stop_ingest = _answered(job.stop_ingest)
    start_preview = _answered(job.start_preview)
    move_preview = _answered(job.move_preview)
    stop_preview = _answered(job.stop_preview)
    preview_frames = _streamed(job.preview_frames)
    job_status = _answered(job.job_status)
    jobs = _answered(job.jobs)
    snapshot = _answered(job.snapshot)
    frames = _streamed(job.frames)
    logs = _answered(job.logs)
    follow_logs = _streamed(job.follow_logs)

    ptz = _answered(steering.ptz)
    set_camera = _answered(steering.set_camera)
    camera = _answered(steering.camera)
    presets = _answered(steering.presets)
    store_preset = _answered(steering.store_preset)
    delete_preset = _answered(steering.delete_preset)
    recall_preset = _answered(steering.recall_preset)
    push_tracking = _answered(steering.push_tracking)
    tracking = _answered(steering.tracking)
    start_detector = _answered(steering.start_detector)
    stop_detector = _answered(steering.stop_detector)
