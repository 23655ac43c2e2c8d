"""One stage of the work in a thread of its own, a few items ahead of the next one."""

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
LOOK_SECONDS = 0.1
STOP_SECONDS = 5.0


class _End:
    """Nothing more comes, or `error` came."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Ahead(Generic[T]):
    """Iterates `items` in a thread, at most `room` items ahead. Iterated by one thread, as a context.

    FFmpeg and OpenCV work without Python's lock, so decoding, cropping and encoding share the cores.
    """

    def __init__(self, name: str, items: Iterator[T], room: int) -> None:
        self._items = items
        self._queue: queue.Queue[T | _End] = queue.Queue(room)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Iterator[T]:
        self._thread.start()
        return self._taken()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _taken(self) -> Iterator[T]:
        while not self._stop.is_set():
            try:
                item = self._queue.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _run(self) -> None:
        end = _End()
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except Exception as error:  # noqa: BLE001 - the top of a thread: it is raised where the items are taken
            end = _End(error)
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
        self._put(end)

    def _put(self, item: T | _End) -> bool:
        """False once nobody takes it any more."""
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False
