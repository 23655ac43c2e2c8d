"""Pictures of several jobs through one network, in batches."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from virtualptz.errors import PluginError, VirtualPtzError
from virtualptz.protocols import BgrArray

from .network import Found

MOST_WAITING = 256
"""Requests in the queue. Each job waits for its answer before it asks again, so this is never met."""
LAST_BATCH_SECONDS = 1.0
LOOK_SECONDS = 0.2


class Runner(Protocol):
    """What a batcher runs: a network, loaded."""

    def run(self, pictures: Sequence[BgrArray]) -> list[Found]: ...

    def works(self) -> bool:
        """Whether it is the network that is broken, or only the last picture was."""


RunnerT = TypeVar("RunnerT", bound=Runner)


class _Request:
    """Some pictures of one job, and what is found in them."""

    def __init__(self, pictures: Sequence[BgrArray]) -> None:
        self.pictures = pictures
        self.found: list[Found | None] = [None] * len(pictures)
        self.error: VirtualPtzError | None = None
        self.done = threading.Event()


_Part = tuple[_Request, int]
"""One picture of a request."""


class Batcher(Generic[RunnerT]):
    """Owns a runner and the thread that loads it and uses it.

    There is no waiting for a batch to fill: while one is computed, the next one gathers. Requests are served
    in the order in which they came, and a job has one at most, so none can keep the others waiting.
    """

    def __init__(self, load: Callable[[], RunnerT], limit: int, name: str = "yolo-batch") -> None:
        """Begins to load. `limit`: pictures in a batch."""
        self._load = load
        self._limit = limit
        self._queue: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._failure: VirtualPtzError | None = None
        self._broken = False
        self._runner: RunnerT | None = None
        self._loaded = threading.Event()
        # A daemon: a driver that hangs must not keep the process.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def loaded(self) -> RunnerT:
        """Waits until it is; raises what `load` raised."""
        self._loaded.wait()
        if self._failure is not None:
            raise self._failure
        if self._runner is None:
            raise PluginError("the model is closed")
        return self._runner

    @property
    def broken(self) -> bool:
        """Whether it was not loaded, or has ceased to work."""
        return self._failure is not None or self._broken

    @property
    def waiting(self) -> int:
        """Requests that are in no batch yet."""
        return len(self._queue)

    def run(self, pictures: Sequence[BgrArray], cancelled: Callable[[], bool]) -> list[Found]:
        """What is found in each, in their order. PluginError where it failed or is closed meanwhile."""
        request = _Request(pictures)
        with self._changed:
            if self._stopped or len(self._queue) >= MOST_WAITING:
                raise PluginError("the model is closed" if self._stopped else "too many pictures are waiting")
            self._queue.append(request)
            self._changed.notify_all()
        while not request.done.wait(LOOK_SECONDS):
            if cancelled():
                raise PluginError("the detector is closed")
        if request.error is not None:
            raise request.error
        return [found for found in request.found if found is not None]

    def close(self) -> None:
        """Whoever waits gets PluginError. Returns when the batch under way is done, or soon."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(LAST_BATCH_SECONDS)

    def _work(self) -> None:
        try:
            runner = self._runner = self._load()
        except VirtualPtzError as error:
            self._failure = error
            return
        except BaseException as error:
            self._failure = PluginError(_line(error))
            raise
        finally:
            self._loaded.set()
        for requests in self._batches():
            self._serve(runner, requests)
        self._runner = None

    def _batches(self) -> Iterator[list[_Request]]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._stopped)
                if self._stopped:
                    self._refuse_waiting()
                    return
                requests = self._take()
            yield requests

    def _take(self) -> list[_Request]:
        """The oldest, and as many more as fit."""
        taken = [self._queue.popleft()]
        pictures = len(taken[0].pictures)
        while self._queue and pictures + len(self._queue[0].pictures) <= self._limit:
            taken.append(self._queue.popleft())
            pictures += len(taken[-1].pictures)
        return taken

    def _refuse_waiting(self) -> None:
        while self._queue:
            request = self._queue.popleft()
            request.error = PluginError("the model is closed")
            request.done.set()

    def _serve(self, runner: RunnerT, requests: list[_Request]) -> None:
        for parts in _alike(requests, self._limit):
            self._run_parts(runner, parts)
        for request in requests:
            request.done.set()

    def _run_parts(self, runner: RunnerT, parts: list[_Part]) -> None:
        try:
            _run_together(runner, parts)
        except Exception as error:  # noqa: BLE001 (whatever the library throws on a picture)
            if len(parts) > 1:
                for part in parts:
                    self._run_parts(runner, [part])
            else:
                parts[0][0].error = PluginError(f"the network failed: {_line(error)}")
                self._broken = self._broken or not runner.works()


def _run_together(runner: Runner, parts: list[_Part]) -> None:
    found = runner.run([request.pictures[index] for request, index in parts])
    for (request, index), one in zip(parts, found, strict=True):
        request.found[index] = one


def _alike(requests: list[_Request], limit: int) -> Iterator[list[_Part]]:
    """Pictures of one shape together: each is then scaled just as it would be alone."""
    groups: dict[tuple[int, ...], list[_Part]] = {}
    for request in requests:
        for index, picture in enumerate(request.pictures):
            groups.setdefault(picture.shape, []).append((request, index))
    for parts in groups.values():
        yield from (parts[start : start + limit] for start in range(0, len(parts), limit))


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
